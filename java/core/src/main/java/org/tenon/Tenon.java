package org.tenon;

import org.tenon.internal.Loader;
import org.tenon.internal.RuntimeNatives;

/** The library as a whole: version, machine, random seed, memory. */
public final class Tenon {
  static {
    Loader.load();
  }

  private Tenon() {}

  /**
   * Version and build of the native library.
   *
   * @return such as {@code 0.1.0 (1a2b3c4d)}
   */
  public static String version() {
    return RuntimeNatives.version();
  }

  /**
   * What to send with a question: build, machine, devices, settings.
   *
   * @return several lines
   */
  public static String info() {
    return RuntimeNatives.info()
        + "java "
        + System.getProperty("java.version")
        + ", "
        + System.getProperty("java.vm.name")
        + "\n";
  }

  /**
   * Seeds the random streams of all devices: the same seed gives the same numbers.
   *
   * @param seed any number
   */
  public static void seed(long seed) {
    RuntimeNatives.seedAll(seed);
  }

  /**
   * Seeds the random stream of one device.
   *
   * @param seed any number
   * @param device which
   */
  public static void seed(long seed, Device device) {
    RuntimeNatives.seedDevice(device.packed(), seed);
  }

  /** Waits until everything pushed is done; throws the first error that nobody has seen yet. */
  public static void waitAll() {
    RuntimeNatives.waitAll();
  }

  /**
   * Whether results are promised to be bit-identical from run to run, whatever that costs.
   *
   * @return the setting {@code TENON_DETERMINISTIC}
   */
  public static boolean isDeterministic() {
    return RuntimeNatives.deterministic();
  }

  /**
   * A device's memory.
   *
   * @param inUseBytes given out and not returned
   * @param cachedBytes kept for reuse
   * @param peakBytes the most that was in use since the start or {@link #resetPeakMemory}
   * @param limitBytes what in use and cached together never exceed
   * @param allocations blocks given out so far
   * @param systemAllocations how many of them came from the system
   */
  public record Memory(
      long inUseBytes,
      long cachedBytes,
      long peakBytes,
      long limitBytes,
      long allocations,
      long systemAllocations) {}

  /**
   * A device's memory figures.
   *
   * @param device which
   * @return the figures now
   */
  public static Memory memory(Device device) {
    long[] m = RuntimeNatives.memory(device.packed());
    return new Memory(m[0], m[1], m[2], m[3], m[4], m[5]);
  }

  /**
   * Returns memory kept for reuse to the system.
   *
   * @param device which
   */
  public static void emptyCache(Device device) {
    RuntimeNatives.emptyCache(device.packed());
  }

  /**
   * Starts a device's peak figure afresh.
   *
   * @param device which
   */
  public static void resetPeakMemory(Device device) {
    RuntimeNatives.resetPeak(device.packed());
  }

  /**
   * Limits a device's memory.
   *
   * @param device which
   * @param bytes the most in use and cached; 0 restores the default
   * @throws IllegalArgumentException if it is negative
   */
  public static void setMemoryLimit(Device device, long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("a memory limit is not negative: " + bytes);
    }
    RuntimeNatives.setMemoryLimit(device.packed(), bytes);
  }
}
