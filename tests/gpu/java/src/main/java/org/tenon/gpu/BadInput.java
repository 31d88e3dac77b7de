package org.tenon.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.OutOfDeviceMemoryError;
import org.tenon.Shape;
import org.tenon.Tenon;

/**
 * What goes wrong on a GPU from Java: each mistake is an exception that says what is wrong, and the
 * arrays that were there stay as they are.
 */
public final class BadInput {
  /** Of the device's memory, the part that one array of {@link #exhaustMemory} takes. */
  private static final long PART = 8;

  private final List<String> failures = new ArrayList<>();

  private BadInput() {}

  /**
   * Runs; the exit status is 1 where something was not as it should be.
   *
   * @param args none
   */
  public static void main(String[] args) {
    List<String> failures = run();
    failures.forEach(System.out::println);
    System.out.println(failures.isEmpty() ? "all as expected" : "FAILED");
    if (!failures.isEmpty()) {
      System.exit(1);
    }
  }

  /** What was not as it should be. */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  static List<String> run() {
    BadInput test = new BadInput();
    try (NDScope scope = NDScope.open()) {
      NDArray host = NDArray.of(new float[] {1, 2, 3});
      NDArray there = host.to(Device.gpu(0));
      NDArray last = host.to(Device.gpu(Device.gpuCount() - 1));
      test.mixDevices(host, there, last);
      test.goOutOfRange(there);
      test.exhaustMemory();
      for (NDArray array : List.of(host, there, last)) {
        test.expectValues("an array on " + array.device(), array.add(1), 2, 3, 4);
      }
    }
    return test.failures;
  }

  private void mixDevices(NDArray host, NDArray there, NDArray last) {
    expect(
        IllegalArgumentException.class,
        "is on cpu\\(0\\), but lhs is on gpu",
        () -> there.add(host));
    expect(
        IllegalArgumentException.class,
        "is on gpu\\(0\\), but lhs is on cpu",
        () -> host.mul(there));
    if (Device.gpuCount() > 1) {
      expect(IllegalArgumentException.class, "but lhs is on gpu\\(0\\)", () -> there.sub(last));
    }
  }

  private void goOutOfRange(NDArray there) {
    int count = Device.gpuCount();
    expect(
        IllegalArgumentException.class,
        "gpu\\(" + count + "\\) does not exist: this machine has " + count,
        () -> NDArray.zeros(Shape.of(1), DType.FLOAT32, Device.gpu(count)));
    expect(
        IndexOutOfBoundsException.class, "row 3 of an array of shape \\(3,\\)", () -> there.at(3));
    expect(
        IndexOutOfBoundsException.class,
        "slice \\[1, 4\\) is out of range",
        () -> there.slice(1, 4));
    // Only the data can show these: the operators say that they clip.
    NDArray indices = NDArray.of(new float[] {-7, 1, 99, Float.NaN}).to(there.device());
    NDArray taken = Ops.take(there, indices);
    float[] values = taken.toFloatArray();
    if (values[0] != 1 || values[1] != 2 || values[2] != 3) {
      failures.add("take clipped to " + Arrays.toString(values));
    }
  }

  /** Takes all memory there is, in parts; frees it; goes on. */
  private void exhaustMemory() {
    Device gpu = Device.gpu(0);
    Tenon.emptyCache(gpu);
    long part = Tenon.memory(gpu).limitBytes() / PART / 4;
    long before = Tenon.memory(gpu).inUseBytes();
    List<NDArray> held = new ArrayList<>();
    expect(
        OutOfDeviceMemoryError.class,
        "gpu\\(0\\)",
        () -> {
          for (long i = 0; i <= PART; i++) {
            held.add(NDArray.zeros(Shape.of(part), DType.FLOAT32, gpu));
            held.get(held.size() - 1).waitToRead();
          }
        });
    if (held.size() < PART / 2) {
      failures.add("memory was exhausted by " + held.size() + " of " + PART + " parts");
    }
    held.forEach(NDArray::close);
    Tenon.waitAll();
    Tenon.emptyCache(gpu);
    if (Tenon.memory(gpu).inUseBytes() != before) {
      failures.add("in use after freeing: " + Tenon.memory(gpu).inUseBytes());
    }
    try (NDArray again = NDArray.full(2, Shape.of(part), DType.FLOAT32, gpu)) {
      expectValues("after exhaustion", again.slice(part - 2, part).mul(2), 4, 4);
    }
  }

  private void expect(Class<? extends Throwable> type, String message, Runnable faulty) {
    try {
      faulty.run();
      failures.add("no " + type.getSimpleName() + " with '" + message + "'");
    } catch (RuntimeException | OutOfMemoryError e) {
      if (type.isInstance(e) && Pattern.compile(message).matcher(e.getMessage()).find()) {
        System.out.println(e.getMessage());
      } else {
        failures.add(e + ", expected " + type.getSimpleName() + " with '" + message + "'");
      }
    }
  }

  private void expectValues(String what, NDArray array, float... expected) {
    float[] values = array.toFloatArray();
    if (!Arrays.equals(values, expected)) {
      failures.add(what + ": " + Arrays.toString(values));
    }
  }
}
