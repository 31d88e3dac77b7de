package org.tenon.internal;

/**
 * Native methods about the process as a whole. Devices are packed: type in the upper half, index
 * below.
 */
public final class RuntimeNatives {
  private RuntimeNatives() {}

  /**
   * Counts devices.
   *
   * @param type MXNet's code
   * @return 0 if there are none
   */
  public static native int deviceCount(int type);

  /**
   * What a device is.
   *
   * @param device packed
   * @return a line without its end
   */
  public static native String describeDevice(long device);

  /**
   * Why there are no devices of a type.
   *
   * @param type MXNet's code
   * @return a sentence without a full stop; empty if there are some
   */
  public static native String whyNoDevice(int type);

  /**
   * The library of the devices that are no processors, and the libraries behind it.
   *
   * @return lines of the form "name: path", or saying what is missing; empty if none is loaded
   */
  public static native String describeDeviceLibrary();

  /**
   * Seeds every device's random stream.
   *
   * @param seed any number
   */
  public static native void seedAll(long seed);

  /**
   * Seeds one device's random stream.
   *
   * @param device packed
   * @param seed any number
   */
  public static native void seedDevice(long device, long seed);

  /** Waits until everything pushed is done; throws the first error not yet reported. */
  public static native void waitAll();

  /**
   * Version and build of the library.
   *
   * @return the text
   */
  public static native String version();

  /**
   * What is known of build, machine and settings.
   *
   * @return the text
   */
  public static native String info();

  /**
   * A device's memory figures.
   *
   * @param device packed
   * @return in use, cached, peak, limit (bytes), allocations, allocations from the system
   */
  public static native long[] memory(long device);

  /**
   * Gives cached memory back to the system.
   *
   * @param device packed
   */
  public static native void emptyCache(long device);

  /**
   * Starts the peak afresh.
   *
   * @param device packed
   */
  public static native void resetPeak(long device);

  /**
   * Limits a device's memory.
   *
   * @param device packed
   * @param bytes 0: the default
   */
  public static native void setMemoryLimit(long device, long bytes);

  /**
   * Switches the promise of bit-identical results from run to run.
   *
   * @param on for the whole process
   * @return the old value
   */
  public static native boolean setDeterministic(boolean on);

  /**
   * Whether the process promises bit-identical results from run to run.
   *
   * @return the switch
   */
  public static native boolean isDeterministic();

  /**
   * Switches debug mode.
   *
   * @param on for the whole process
   * @return the old value
   */
  public static native boolean setDebug(boolean on);

  /**
   * Whether errors name the line that issued the call.
   *
   * @return the switch
   */
  public static native boolean isDebug();
}
