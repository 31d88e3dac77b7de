package org.tenon.bench;

import java.util.List;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Shape;
import org.tenon.Symbol;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.module.Module;
import org.tenon.op.Activation.ActType;
import org.tenon.op.Pooling.PoolType;
import org.tenon.optimizer.Sgd;

/** LeNet in a Module, with one batch. */
final class LeNetModule implements AutoCloseable {
  private final Module module;
  private final DataBatch batch;

  LeNetModule() {
    int size = LeNetBenchmark.BATCH;
    float[] labels = new float[size];
    for (int i = 0; i < size; i++) {
      labels[i] = i % LeNetBenchmark.CLASSES;
    }
    NDArray images = Ops.normal(Device.cpu(), p -> p.shape(size, 1, 28, 28));
    batch = DataBatch.of(images, NDArray.of(labels));
    module = Module.of(symbol());
    module.bind(
        List.of(DataDesc.of("data", images.shape())),
        List.of(DataDesc.of("softmax_label", Shape.of(size))),
        true);
    module.initParams(Initializer.xavier());
    module.initOptimizer(
        Sgd.builder(LeNetBenchmark.LEARNING_RATE)
            .momentum(LeNetBenchmark.MOMENTUM)
            .weightDecay(LeNetBenchmark.WEIGHT_DECAY)
            .build());
  }

  private static Symbol symbol() {
    Symbol data = Symbol.variable("data");
    Symbol pool1 = convolution("1", data, 20);
    Symbol pool2 = convolution("2", pool1, 50);
    Symbol fc1 = Ops.fullyConnected("fc1", Ops.flatten(pool2), p -> p.numHidden(500));
    Symbol tanh3 = Ops.activation("tanh3", fc1, p -> p.actType(ActType.TANH));
    Symbol fc2 = Ops.fullyConnected("fc2", tanh3, p -> p.numHidden(LeNetBenchmark.CLASSES));
    return Ops.softmaxOutput("softmax", fc2);
  }

  private static Symbol convolution(String number, Symbol data, int filters) {
    Symbol conv = Ops.convolution("conv" + number, data, p -> p.kernel(5, 5).numFilter(filters));
    Symbol tanh = Ops.activation("tanh" + number, conv, p -> p.actType(ActType.TANH));
    return Ops.pooling(
        "pool" + number, tanh, p -> p.poolType(PoolType.MAX).kernel(2, 2).stride(2, 2));
  }

  void train(int steps) {
    for (int i = 0; i < steps; i++) {
      module.forward(batch);
      module.backward();
      module.update();
    }
    float[] probabilities = module.outputs().get(0).toFloatArray();
    if (!Float.isFinite(probabilities[0])) {
      throw new IllegalStateException("the training diverged");
    }
  }

  @Override
  public void close() {
    module.close();
    batch.close();
  }
}
