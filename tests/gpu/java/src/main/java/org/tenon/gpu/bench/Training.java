package org.tenon.gpu.bench;

import java.util.List;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Shape;
import org.tenon.Symbol;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.module.Module;
import org.tenon.optimizer.Sgd;

/** Steps of a training from one synthetic batch that lies on the device. */
final class Training {
  private Training() {}

  static void measure(
      Readings readings, String name, Symbol net, DataDesc data, int classes, Device device) {
    int batch = Math.toIntExact(data.batchSize());
    float[] labels = new float[batch];
    for (int i = 0; i < batch; i++) {
      labels[i] = i % classes;
    }
    try (NDArray images = Samples.normal(data.shape(), data.dtype(), device);
        NDArray hostLabels = NDArray.of(labels);
        NDArray label = hostLabels.to(device);
        Module module = Module.of(net, m -> m.devices(device))) {
      module.bind(List.of(data), List.of(DataDesc.of("softmax_label", Shape.of(batch))), true);
      module.initParams(Initializer.xavier());
      module.initOptimizer(Sgd.builder(0.01).momentum(0.9).build());
      DataBatch step = DataBatch.of(images, label);
      readings.take(
          name,
          () -> {
            module.forward(step);
            module.backward();
            module.update();
          });
      Samples.requireFinite(name, module.outputs().get(0));
    }
  }
}
