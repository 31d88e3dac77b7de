package org.tenon.tools;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.Shape;

/**
 * A small timed test of each device: a matrix product, a pointwise expression that memory bounds,
 * and the exponential function over a vector, as in the check of Theano's tutorial that the GPU is
 * used. Results are compared with Java's.
 */
final class DeviceTest {
  /** The tutorial's vector: 10 x 30 x 768 numbers. */
  private static final int EXP_LENGTH = 10 * 30 * 768;

  /** How often something is issued before its result is waited for. */
  private static final int RUNS = 8;

  private static final String ROW = "  %-8s %22s %22s %26s   %s%n";

  private final PrintStream out;
  private final int matrix;
  private final int length;
  private final int expRuns;
  private final long leastNanos;
  private final List<String> remarks = new ArrayList<>();
  private boolean right = true;

  DeviceTest(PrintStream out, boolean quick) {
    this.out = out;
    matrix = quick ? 64 : 1024;
    length = quick ? 1 << 12 : 1 << 24;
    expRuns = quick ? 2 : 1000;
    leastNanos = quick ? 0 : 300_000_000L;
  }

  /** Prints a row per device; false if one computes wrongly. */
  boolean run(List<Device> devices) {
    out.printf(
        ROW,
        "device",
        "matrix product " + matrix,
        "a*b+a, " + (length * 4L >> 10) + " KiB each",
        "exp of " + EXP_LENGTH + ", " + expRuns + "x",
        "its sum");
    for (Device device : devices) {
      try (NDScope scope = NDScope.open()) {
        String[] sum = {""};
        String product = attempt(device, "matrix product", () -> product(device));
        String pointwise = attempt(device, "a*b+a", () -> pointwise(device));
        String exp = attempt(device, "exp", () -> exp(device, sum));
        out.printf(ROW, device, product, pointwise, exp, sum[0]);
      }
    }
    remarks.forEach(text -> out.println("  " + text));
    return right;
  }

  /** What a device cannot do is a remark below the table. */
  private String attempt(Device device, String what, Supplier<String> measurement) {
    try {
      return measurement.get();
    } catch (RuntimeException | OutOfMemoryError e) {
      remarks.add(device + ", " + what + ": " + e.getMessage());
      return "-";
    }
  }

  private String product(Device device) {
    Shape shape = Shape.of(matrix, matrix);
    NDArray a = NDArray.full(0.5, shape, DType.FLOAT32, device);
    NDArray b = NDArray.full(2, shape, DType.FLOAT32, device);
    double nanos = time(() -> Ops.dot(a, b), c -> check(device, "matrix product", c, matrix));
    return String.format(Locale.ROOT, "%.1f GFLOP/s", 2.0 * matrix * matrix * matrix / nanos);
  }

  private String pointwise(Device device) {
    Shape shape = Shape.of(length);
    NDArray a = NDArray.full(3, shape, DType.FLOAT32, device);
    NDArray b = NDArray.full(5, shape, DType.FLOAT32, device);
    double nanos =
        time(
            () -> {
              try (NDArray product = a.mul(b)) {
                return product.add(a);
              }
            },
            c -> check(device, "a*b+a", c, 18));
    // Two operators, each of which reads two arrays and writes one.
    return String.format(Locale.ROOT, "%.1f GB/s", 6 * 4.0 * length / nanos);
  }

  /** Leaves what the sum says of the result in {@code sumText}. */
  private String exp(Device device, String[] sumText) {
    float[] values = new float[EXP_LENGTH];
    double expected = 0;
    for (int i = 0; i < EXP_LENGTH; i++) {
      values[i] = i / (float) EXP_LENGTH;
      expected += Math.exp(values[i]);
    }
    NDArray x = NDArray.of(values).to(device);
    x.waitToRead();
    long start = System.nanoTime();
    NDArray y = repeat(expRuns, () -> Ops.exp(x));
    double seconds = (System.nanoTime() - start) * 1e-9;
    double sum = 0;
    for (float value : y.toFloatArray()) {
      sum += value;
    }
    boolean agrees = Math.abs(sum - expected) <= 1e-6 * expected;
    right &= agrees;
    sumText[0] =
        String.format(
            Locale.ROOT, "%.2f, %s", sum, agrees ? "right" : "WRONG: Java says " + expected);
    return String.format(Locale.ROOT, "%.4f s", seconds);
  }

  /** Waits for the last of so many results, which alone is left open. */
  private static NDArray repeat(int runs, Supplier<NDArray> run) {
    NDArray last = run.get();
    for (int i = 1; i < runs; i++) {
      last.close();
      last = run.get();
    }
    last.waitToRead();
    return last;
  }

  /** The mean time of a run in nanoseconds, after one whose result is checked. */
  private double time(Supplier<NDArray> run, Consumer<NDArray> check) {
    check.accept(run.get());
    long start = System.nanoTime();
    long runs = 0;
    long elapsed;
    do {
      repeat(RUNS, run).close();
      runs += RUNS;
      elapsed = System.nanoTime() - start;
    } while (elapsed < leastNanos);
    return (double) elapsed / runs;
  }

  private void check(Device device, String what, NDArray result, double expected) {
    for (float value : result.toFloatArray()) {
      if (value != expected) {
        right = false;
        remarks.add(device + ", " + what + ": WRONG: " + value + " instead of " + expected);
        return;
      }
    }
  }
}
