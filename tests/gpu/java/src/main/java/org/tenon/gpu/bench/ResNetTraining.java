package org.tenon.gpu.bench;

import org.tenon.DType;
import org.tenon.Device;
import org.tenon.Shape;
import org.tenon.io.DataDesc;

/** ResNet-50 v1.5 in bfloat16: forward, backward, SGD with momentum; parameters in bfloat16. */
final class ResNetTraining {
  private ResNetTraining() {}

  static void measure(Readings readings, Sizes sizes, Device device) {
    Shape shape = Shape.of(sizes.resnetBatch(), 3, sizes.resnetImage(), sizes.resnetImage());
    Training.measure(
        readings,
        "ResNet-50 v1.5 training, batch " + sizes.resnetBatch() + ", bfloat16",
        ResNet50.symbol(sizes.resnetWidth()),
        new DataDesc("data", shape, DType.BFLOAT16),
        ResNet50.CLASSES,
        device);
  }
}
