package org.tenon.examples;

import org.tenon.Ops;
import org.tenon.Symbol;
import org.tenon.op.Activation;
import org.tenon.op.Pooling;

/**
 * LeNet, as MXNet's tutorials write it: two convolutions with tanh and max pooling, two fully
 * connected layers, softmax. After LeCun, Bottou, Bengio and Haffner, "Gradient-based learning
 * applied to document recognition" (1998).
 */
public final class LeNet {
  private LeNet() {}

  /** For images of (batch, 1, 28, 28) and ten classes. */
  public static Symbol symbol() {
    Symbol data = Symbol.variable("data");

    Symbol conv1 = Ops.convolution("conv1", data, p -> p.kernel(5, 5).numFilter(20));
    Symbol tanh1 = Ops.activation("tanh1", conv1, p -> p.actType(Activation.ActType.TANH));
    Symbol pool1 = maxPool("pool1", tanh1);

    Symbol conv2 = Ops.convolution("conv2", pool1, p -> p.kernel(5, 5).numFilter(50));
    Symbol tanh2 = Ops.activation("tanh2", conv2, p -> p.actType(Activation.ActType.TANH));
    Symbol pool2 = maxPool("pool2", tanh2);

    Symbol flatten = Ops.flatten("flatten", pool2);
    Symbol fc1 = Ops.fullyConnected("fc1", flatten, p -> p.numHidden(500));
    Symbol tanh3 = Ops.activation("tanh3", fc1, p -> p.actType(Activation.ActType.TANH));
    Symbol fc2 = Ops.fullyConnected("fc2", tanh3, p -> p.numHidden(10));
    return Ops.softmaxOutput("softmax", fc2);
  }

  private static Symbol maxPool(String name, Symbol data) {
    return Ops.pooling(name, data, p -> p.poolType(Pooling.PoolType.MAX).kernel(2, 2).stride(2, 2));
  }
}
