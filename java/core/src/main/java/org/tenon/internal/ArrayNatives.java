package org.tenon.internal;

import java.nio.Buffer;

/**
 * Native methods of arrays. Dtypes are MXNet's codes, devices packed. New handles may carry the
 * wish for a collection, see {@link Collector#checked}. Java arrays and direct buffers hold
 * elements of exactly the array's dtype in its size; counts are checked natively.
 */
public final class ArrayNatives {
  private ArrayNatives() {}

  /**
   * Makes an array with undefined elements.
   *
   * @param shape its extents
   * @param dtype its code
   * @param device packed
   * @return the array
   */
  public static native long empty(long[] shape, int dtype, long device);

  /**
   * Makes an array out of a Java array.
   *
   * @param values a primitive array
   * @param shape its extents
   * @param dtype the code whose elements are {@code values}'s bit for bit
   * @param device packed
   * @return the array
   */
  public static native long of(Object values, long[] shape, int dtype, long device);

  /**
   * The extents.
   *
   * @param array which
   * @return a new array
   */
  public static native long[] shape(long array);

  /**
   * The dtype.
   *
   * @param array which
   * @return its code
   */
  public static native int dtype(long array);

  /**
   * Where it lives.
   *
   * @param array which
   * @return packed
   */
  public static native long device(long array);

  /**
   * Waits, then copies elements into a Java array.
   *
   * @param array which
   * @param to a primitive array of as many bytes
   */
  public static native void read(long array, Object to);

  /**
   * Waits, then overwrites elements from a Java array.
   *
   * @param array which
   * @param from a primitive array of as many bytes
   */
  public static native void write(long array, Object from);

  /**
   * Waits, then copies elements into direct memory.
   *
   * @param array which
   * @param buffer a direct buffer
   * @param offset bytes from its start
   * @param bytes how many
   */
  public static native void readBuffer(long array, Buffer buffer, long offset, long bytes);

  /**
   * Waits, then overwrites elements from direct memory.
   *
   * @param array which
   * @param buffer a direct buffer
   * @param offset bytes from its start
   * @param bytes how many
   */
  public static native void writeBuffer(long array, Buffer buffer, long offset, long bytes);

  /**
   * Rows of axis 0, sharing memory.
   *
   * @param array which
   * @param begin first row
   * @param end behind the last row
   * @return a view
   */
  public static native long slice(long array, long begin, long end);

  /**
   * One row of axis 0, sharing memory.
   *
   * @param array which
   * @param index which row
   * @return a view
   */
  public static native long at(long array, long index);

  /**
   * The same elements in another shape, sharing memory.
   *
   * @param array which
   * @param shape all extents
   * @return a view
   */
  public static native long reshape(long array, long[] shape);

  /**
   * The same memory off the tape.
   *
   * @param array which
   * @return a view
   */
  public static native long detach(long array);

  /**
   * Copies elements to another array.
   *
   * @param from which
   * @param to which
   */
  public static native void copyTo(long from, long to);

  /**
   * Waits until what writes the array is done.
   *
   * @param array which
   */
  public static native void waitToRead(long array);

  /**
   * Saves arrays in MXNet's format.
   *
   * @param file where
   * @param arrays what
   * @param names their names; null: none
   */
  public static native void save(String file, long[] arrays, String[] names);

  /**
   * Loads arrays in MXNet's format.
   *
   * @param file where from
   * @param handles set to a new array of handles at index 0
   * @return the names; null if there are none
   */
  public static native String[] load(String file, long[][] handles);

  /**
   * Reads arrays in MXNet's format from memory.
   *
   * @param bytes the file's contents
   * @param origin where they are from, for messages
   * @param handles set to a new array of handles at index 0
   * @return the names; null if there are none
   */
  public static native String[] parse(byte[] bytes, String origin, long[][] handles);
}
