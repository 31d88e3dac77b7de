package org.tenon.gpu.bench;

import org.tenon.DType;
import org.tenon.Ops;
import org.tenon.Symbol;
import org.tenon.op.Pooling;

/**
 * ResNet-50 v1.5: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015),
 * with the stride in a block's 3 x 3 convolution.
 */
final class ResNet50 {
  static final int CLASSES = 1000;
  private static final int[] BLOCKS = {3, 4, 6, 3};

  /** A block's output has so many times the channels of its middle. */
  private static final int EXPANSION = 4;

  private ResNet50() {}

  /**
   * For images of (batch, 3, height, width); the loss is computed in float32.
   *
   * @param width channels behind the first convolution: 64
   */
  static Symbol symbol(int width) {
    Symbol data = Symbol.variable("data");
    Symbol stem = convolution("stem", data, width, 7, 2);
    Symbol net =
        Ops.pooling(
            "pool",
            Ops.relu(norm("stem", stem)),
            p -> p.poolType(Pooling.PoolType.MAX).kernel(3, 3).stride(2, 2).pad(1, 1));
    for (int stage = 0; stage < BLOCKS.length; stage++) {
      for (int block = 0; block < BLOCKS[stage]; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        net = block("stage" + stage + "_" + block, net, width << stage, stride, block == 0);
      }
    }
    Symbol pooled =
        Ops.pooling(
            "mean", net, p -> p.poolType(Pooling.PoolType.AVG).kernel(7, 7).globalPool(true));
    Symbol scores = Ops.fullyConnected("scores", Ops.flatten(pooled), p -> p.numHidden(CLASSES));
    Symbol wide = Ops.cast("wide", scores, p -> p.dtype(DType.FLOAT32));
    return Ops.softmaxOutput("softmax", wide);
  }

  private static Symbol block(String name, Symbol data, int width, int stride, boolean first) {
    Symbol one = Ops.relu(norm(name + "_1", convolution(name + "_1", data, width, 1, 1)));
    Symbol two = Ops.relu(norm(name + "_2", convolution(name + "_2", one, width, 3, stride)));
    Symbol three = norm(name + "_3", convolution(name + "_3", two, EXPANSION * width, 1, 1));
    Symbol shortcut =
        first
            ? norm(name + "_0", convolution(name + "_0", data, EXPANSION * width, 1, stride))
            : data;
    return Ops.relu(three.add(shortcut));
  }

  private static Symbol convolution(String name, Symbol data, int filters, int kernel, int stride) {
    int pad = kernel / 2;
    return Ops.convolution(
        name + "_conv",
        data,
        p ->
            p.kernel(kernel, kernel)
                .stride(stride, stride)
                .pad(pad, pad)
                .numFilter(filters)
                .noBias(true));
  }

  private static Symbol norm(String name, Symbol data) {
    return Ops.batchNorm(name + "_norm", data, p -> p.fixGamma(false).eps(1e-5).momentum(0.9));
  }
}
