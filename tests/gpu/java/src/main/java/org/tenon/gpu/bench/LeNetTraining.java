package org.tenon.gpu.bench;

import org.tenon.Device;
import org.tenon.examples.LeNet;
import org.tenon.io.DataDesc;

/** The tutorial's LeNet in float32: forward, backward, SGD with momentum. */
final class LeNetTraining {
  private LeNetTraining() {}

  static void measure(Readings readings, Sizes sizes, Device device) {
    for (int batch : sizes.lenetBatches()) {
      Training.measure(
          readings,
          "LeNet training, batch " + batch,
          LeNet.symbol(),
          DataDesc.of("data", batch, 1, 28, 28),
          10,
          device);
    }
  }
}
