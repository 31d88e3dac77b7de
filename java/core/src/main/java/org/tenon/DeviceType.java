package org.tenon;

/** Kinds of devices. */
public enum DeviceType {
  /** The processor and its memory. */
  CPU(1, "cpu"),
  /** A CUDA device. */
  GPU(2, "gpu");

  private final int code;
  private final String text;

  DeviceType(int code, String text) {
    this.code = code;
    this.text = text;
  }

  /**
   * MXNet's code.
   *
   * @return the code
   */
  public int code() {
    return code;
  }

  static DeviceType ofCode(int code) {
    return code == GPU.code ? GPU : CPU;
  }

  /** As in {@code cpu(0)}. */
  @Override
  public String toString() {
    return text;
  }
}
