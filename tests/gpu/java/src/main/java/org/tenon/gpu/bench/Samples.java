package org.tenon.gpu.bench;

import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Shape;

/** Data to compute with: random, as constant data would draw less power and run at other clocks. */
final class Samples {
  private Samples() {}

  static NDArray normal(Shape shape, DType type, Device device) {
    try (NDArray wide = Ops.normal(device, p -> p.shape(shape))) {
      return Ops.cast(wide, p -> p.dtype(type));
    }
  }

  static void requireFinite(String what, NDArray result) {
    for (float value : result.toFloatArray()) {
      if (!Float.isFinite(value)) {
        throw new IllegalStateException(what + " gave " + value);
      }
    }
  }
}
