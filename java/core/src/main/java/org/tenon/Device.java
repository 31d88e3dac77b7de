package org.tenon;

import org.tenon.internal.Loader;
import org.tenon.internal.RuntimeNatives;

/**
 * Where arrays live and operators run. {@code cpu(0)}, {@code cpu(1)}, … are one processor with
 * separate random streams and memory statistics, so that programs for several devices run anywhere.
 *
 * @param type the kind of device
 * @param index its number, from 0
 */
public record Device(DeviceType type, int index) {
  private static final Device CPU = new Device(DeviceType.CPU, 0);

  /**
   * Checks the index.
   *
   * @param type the kind of device
   * @param index its number, from 0
   * @throws IllegalArgumentException if it is negative
   */
  public Device {
    if (type == null) {
      throw new NullPointerException("type is null");
    }
    if (index < 0) {
      throw new IllegalArgumentException(
          "a device's index is not negative: " + type + "(" + index + ")");
    }
  }

  /**
   * The processor.
   *
   * @return {@code cpu(0)}
   */
  public static Device cpu() {
    return CPU;
  }

  /**
   * The processor under a number.
   *
   * @param index from 0
   * @return {@code cpu(index)}
   */
  public static Device cpu(int index) {
    return index == 0 ? CPU : new Device(DeviceType.CPU, index);
  }

  /**
   * The first CUDA device, whether there is one or not.
   *
   * @return {@code gpu(0)}
   */
  public static Device gpu() {
    return gpu(0);
  }

  /**
   * A CUDA device, whether there is one or not: using it where there is none is an {@link
   * IllegalArgumentException} that says why.
   *
   * @param index from 0
   * @return {@code gpu(index)}
   */
  public static Device gpu(int index) {
    return new Device(DeviceType.GPU, index);
  }

  /**
   * How many CUDA devices there are.
   *
   * @return 0 without a driver or without Tenon's CUDA library
   */
  public static int gpuCount() {
    Loader.load();
    return RuntimeNatives.deviceCount(DeviceType.GPU.code());
  }

  /**
   * Why {@link #gpuCount()} is 0, such as "no NVIDIA driver is installed".
   *
   * @return a sentence without a full stop; empty if there is a GPU
   */
  public static String whyNoGpu() {
    Loader.load();
    return RuntimeNatives.whyNoDevice(DeviceType.GPU.code());
  }

  /**
   * What the device is: its name, and for a GPU its capability, memory and driver.
   *
   * @return a line
   * @throws IllegalArgumentException if it does not exist
   */
  public String description() {
    Loader.load();
    return RuntimeNatives.describeDevice(packed());
  }

  /** Type and index in one number, as native methods take it. */
  long packed() {
    return ((long) type.code() << 32) | index;
  }

  static Device ofPacked(long packed) {
    int index = (int) packed;
    return packed >>> 32 == 1
        ? cpu(index)
        : new Device(DeviceType.ofCode((int) (packed >>> 32)), index);
  }

  /** As in {@code cpu(0)}. */
  @Override
  public String toString() {
    return type + "(" + index + ")";
  }
}
