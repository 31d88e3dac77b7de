package org.tenon.gpu.bench;

import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Shape;

/** Products of square matrices. */
final class Products {
  private Products() {}

  static void measure(Readings readings, Sizes sizes, Device device) {
    measure(readings, sizes, device, DType.FLOAT32, "float32");
    measure(readings, sizes, device, DType.BFLOAT16, "bfloat16");
  }

  /** In a process where float32 may be multiplied in TF32. */
  static void measureTf32(Readings readings, Sizes sizes, Device device) {
    measure(readings, sizes, device, DType.FLOAT32, "tf32");
  }

  private static void measure(
      Readings readings, Sizes sizes, Device device, DType type, String name) {
    for (int n : sizes.matrices()) {
      try (NDArray a = Samples.normal(Shape.of(n, n), type, device);
          NDArray b = Samples.normal(Shape.of(n, n), type, device)) {
        readings.take("matrix product " + n + " " + name, () -> a.dot(b).close());
      }
    }
  }
}
