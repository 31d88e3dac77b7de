package org.tenon;

import java.lang.ref.Reference;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.tenon.internal.ArrayNatives;
import org.tenon.internal.AutogradNatives;

/** The elements of an {@link NDArray} in Java: arrays, nested arrays, a number, direct buffers. */
abstract class ArrayReading extends ArrayFunctions {
  ArrayReading(long handle) {
    super(handle);
  }

  /** Waits until all that writes this array is done; throws what went wrong. */
  public void waitToRead() {
    ArrayNatives.waitToRead(handle);
    Reference.reachabilityFence(this);
  }

  /**
   * The elements in row-major order, converted if need be.
   *
   * @return a new Java array
   */
  public float[] toFloatArray() {
    return (float[]) read(DType.FLOAT32);
  }

  /**
   * The elements in row-major order, converted if need be.
   *
   * @return a new Java array
   */
  public double[] toDoubleArray() {
    return (double[]) read(DType.FLOAT64);
  }

  /**
   * The elements in row-major order, converted if need be.
   *
   * @return a new Java array
   */
  public int[] toIntArray() {
    return (int[]) read(DType.INT32);
  }

  /**
   * The elements in row-major order, converted if need be.
   *
   * @return a new Java array
   */
  public long[] toLongArray() {
    return (long[]) read(DType.INT64);
  }

  /**
   * The elements in row-major order; those of uint8 arrays bit by bit, others converted if need be.
   *
   * @return a new Java array
   */
  public byte[] toByteArray() {
    return (byte[]) read(self().dtype() == DType.UINT8 ? DType.UINT8 : DType.INT8);
  }

  /**
   * Whether each element is not zero, in row-major order.
   *
   * @return a new Java array
   */
  public boolean[] toBooleanArray() {
    return (boolean[]) read(DType.BOOL);
  }

  /**
   * The elements as a Java array, nested as deep as there are axes.
   *
   * @param <T> the Java array's type
   * @param type such as {@code float[][].class}
   * @return a new Java array
   * @throws IllegalArgumentException if it has another depth or no primitive elements
   */
  public <T> T toArray(Class<T> type) {
    return type.cast(JavaArrays.nested(type, self().shape(), this::read));
  }

  /**
   * The only element.
   *
   * @return its value
   * @throws IllegalStateException if there is not exactly one
   */
  public double toScalar() {
    if (self().size() != 1) {
      throw new IllegalStateException(
          "an array of shape " + self().shape() + " is no single number");
    }
    return toDoubleArray()[0];
  }

  /**
   * Waits, then copies all bytes to a direct buffer from its position on, in native order; the
   * position moves behind them.
   *
   * @param to room for all bytes
   * @throws IllegalArgumentException if the buffer is not direct, read-only or too small
   */
  public void copyTo(ByteBuffer to) {
    long bytes = self().size() * self().dtype().bytes();
    readBuffer(to, ByteOrder.nativeOrder(), to.position(), bytes, to.remaining());
    to.position(to.position() + (int) bytes);
  }

  /**
   * Waits, then copies all elements of a float32 array to a direct buffer from its position on; the
   * position moves behind them.
   *
   * @param to room for all elements
   * @throws IllegalArgumentException if the buffer is not direct, read-only, too small or not in
   *     native order, or this array has another dtype
   */
  public void copyTo(FloatBuffer to) {
    if (self().dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          "this array is " + self().dtype() + ", a FloatBuffer takes float32");
    }
    long bytes = self().size() * Float.BYTES;
    long offset = (long) to.position() * Float.BYTES;
    readBuffer(to, to.order(), offset, bytes, (long) to.remaining() * Float.BYTES);
    to.position(to.position() + (int) self().size());
  }

  private void readBuffer(Buffer to, ByteOrder order, long offset, long bytes, long room) {
    JavaArrays.checkWritable(to, order);
    if (room < bytes) {
      throw new IllegalArgumentException(
          "the array has " + bytes + " bytes, the buffer room for " + room);
    }
    ArrayNatives.readBuffer(handle, to, offset, bytes);
    Reference.reachabilityFence(this);
  }

  Object read(DType as) {
    if (as != self().dtype()) {
      try (NDArray cast = detachedCast(as)) {
        return cast.read(as);
      }
    }
    Object to = JavaArrays.allocate(as, self().size());
    ArrayNatives.read(handle, to);
    Reference.reachabilityFence(this);
    return to;
  }

  private NDArray detachedCast(DType as) {
    boolean recording = AutogradNatives.setRecording(false);
    try {
      return NDScope.detached(() -> self().asType(as));
    } finally {
      AutogradNatives.setRecording(recording);
    }
  }

  /**
   * The elements as NumPy prints them, then a line with shape, dtype and device. Waits for the
   * elements. Large arrays are summarised.
   */
  @Override
  public String toString() {
    if (isClosed()) {
      return "<NDArray, closed>";
    }
    return NDArrayPrinter.print(self());
  }
}
