package org.tenon.gpu.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.Shape;

/**
 * Pointwise operators, reductions and softmax, which memory bounds, beside a copy. The arrays are
 * several times larger than a GPU's cache.
 */
final class Bandwidth {
  /** Elements of a row, where rows are folded. */
  private static final long ROW = 1024;

  private Bandwidth() {}

  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  static void measure(Readings readings, Sizes sizes, Device device) {
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT16)) {
      try (NDScope scope = NDScope.open()) {
        long rows = sizes.bytes() / type.bytes() / ROW;
        NDArray a = Samples.normal(Shape.of(rows, ROW), type, device);
        NDArray b = Samples.normal(Shape.of(rows, ROW), type, device);
        String name = type.toString().toLowerCase(Locale.ROOT);
        readings.take("copy " + name, () -> a.copyTo(b));
        take(readings, "add " + name, () -> a.add(b));
        take(readings, "multiply by a number " + name, () -> a.mul(3));
        take(readings, "exp " + name, () -> Ops.exp(a));
        take(readings, "sum of all " + name, () -> a.sum());
        take(readings, "sums of rows " + name, () -> a.sum(1));
        take(readings, "sums of columns " + name, () -> a.sum(0));
        take(readings, "softmax of rows " + name, () -> Ops.softmax(a));
      }
    }
  }

  static void take(Readings readings, String name, Supplier<NDArray> operator) {
    readings.take(name, () -> operator.get().close());
  }
}
