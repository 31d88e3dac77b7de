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
   * Promises bit-identical results from run to run on the same machine, whatever that costs: with
   * {@link #seed(long)}, the same training gives the same parameters. For the whole process, and
   * for what is issued from now on; the environment variable {@code TENON_DETERMINISTIC=1} switches
   * it on from the start.
   *
   * @param on whether to promise it
   */
  public static void deterministic(boolean on) {
    RuntimeNatives.setDeterministic(on);
  }

  /**
   * Whether results are promised to be bit-identical from run to run.
   *
   * @return as {@link #deterministic(boolean)} or the setting {@code TENON_DETERMINISTIC} said
   */
  public static boolean isDeterministic() {
    return RuntimeNatives.isDeterministic();
  }

  /**
   * Lets errors that surface later, at {@link NDArray#waitToRead()} or where elements are read,
   * name the line of the program that issued the failed operator, or that called the executor's or
   * module's method. Finding the line costs microseconds per call. For the whole process, and for
   * what is issued from now on; {@code -Dtenon.debug=true} or the environment variable {@code
   * TENON_DEBUG=1} switch it on from the start.
   *
   * @param on whether to look for lines
   */
  public static void debug(boolean on) {
    RuntimeNatives.setDebug(on);
  }

  /**
   * Whether errors that surface later name the line that issued the call.
   *
   * @return as {@link #debug(boolean)}, the property or the setting said
   */
  public static boolean isDebug() {
    return RuntimeNatives.isDebug();
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
