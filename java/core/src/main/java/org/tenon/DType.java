package org.tenon;

import java.util.Locale;

/** Types of array elements, with NumPy's names and MXNet's codes. */
public enum DType {
  /** 32-bit floating point: Java's {@code float}. */
  FLOAT32(0, 4),
  /** 64-bit floating point: Java's {@code double}. */
  FLOAT64(1, 8),
  /** 16-bit IEEE floating point. */
  FLOAT16(2, 2),
  /** Unsigned 8-bit integer. */
  UINT8(3, 1),
  /** Signed 32-bit integer: Java's {@code int}. */
  INT32(4, 4),
  /** Signed 8-bit integer: Java's {@code byte}. */
  INT8(5, 1),
  /** Signed 64-bit integer: Java's {@code long}. */
  INT64(6, 8),
  /** One byte, 0 or 1: Java's {@code boolean}. */
  BOOL(7, 1),
  /** 16-bit floating point with float32's range. */
  BFLOAT16(12, 2);

  private static final DType[] BY_CODE = new DType[13];

  static {
    for (DType dtype : values()) {
      BY_CODE[dtype.code] = dtype;
    }
  }

  private final int code;
  private final int bytes;
  private final String text;

  DType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
    this.text = name().toLowerCase(Locale.ROOT);
  }

  /**
   * MXNet's code, as it stands in files.
   *
   * @return the code
   */
  public int code() {
    return code;
  }

  /**
   * The size of one element.
   *
   * @return bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * Whether elements are floating-point numbers.
   *
   * @return true for float16, bfloat16, float32 and float64
   */
  public boolean isFloating() {
    return this == FLOAT32 || this == FLOAT64 || this == FLOAT16 || this == BFLOAT16;
  }

  /**
   * The dtype of a code.
   *
   * @param code MXNet's code
   * @return the dtype
   * @throws IllegalArgumentException if there is no such code
   */
  public static DType ofCode(int code) {
    if (code < 0 || code >= BY_CODE.length || BY_CODE[code] == null) {
      throw new IllegalArgumentException("no dtype has the code " + code);
    }
    return BY_CODE[code];
  }

  /**
   * The dtype of a name.
   *
   * @param name NumPy's name, such as {@code float32}
   * @return the dtype
   * @throws IllegalArgumentException if there is no such name
   */
  public static DType of(String name) {
    for (DType dtype : values()) {
      if (dtype.text.equals(name)) {
        return dtype;
      }
    }
    throw new IllegalArgumentException(
        "no dtype is named '" + name + "': there are " + String.join(", ", names()));
  }

  private static String[] names() {
    DType[] all = values();
    String[] names = new String[all.length];
    for (int i = 0; i < all.length; i++) {
      names[i] = all[i].text;
    }
    return names;
  }

  /** NumPy's name, such as {@code float32}. */
  @Override
  public String toString() {
    return text;
  }
}
