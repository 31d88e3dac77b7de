package org.tenon;

import java.util.Arrays;

/**
 * The extents of an array, outermost first. Immutable. An extent of -1 is unknown; such shapes come
 * out of inference and never belong to an array.
 */
public final class Shape {
  /** The highest number of axes. */
  public static final int MAX_RANK = 12;

  private static final Shape SCALAR = new Shape(new long[0]);

  private final long[] dims;

  private Shape(long[] dims) {
    this.dims = dims;
  }

  /**
   * Makes a shape.
   *
   * @param dims extents, outermost first; none for a scalar
   * @return the shape
   * @throws IllegalArgumentException for more than {@link #MAX_RANK} extents, or one below -1
   */
  public static Shape of(long... dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    if (dims.length > MAX_RANK) {
      throw new IllegalArgumentException(
          "a shape has at most "
              + MAX_RANK
              + " axes, "
              + Arrays.toString(dims)
              + " has "
              + dims.length);
    }
    for (long dim : dims) {
      if (dim < -1) {
        throw new IllegalArgumentException("negative extent in the shape " + Arrays.toString(dims));
      }
    }
    return new Shape(dims.clone());
  }

  /**
   * The number of axes.
   *
   * @return 0 for a scalar
   */
  public int rank() {
    return dims.length;
  }

  /**
   * One extent.
   *
   * @param axis from 0; negative counts from the last
   * @return the extent; -1 if unknown
   * @throws IndexOutOfBoundsException if there is no such axis
   */
  public long dim(int axis) {
    int at = axis < 0 ? axis + dims.length : axis;
    if (at < 0 || at >= dims.length) {
      throw new IndexOutOfBoundsException("axis " + axis + " of the shape " + this);
    }
    return dims[at];
  }

  /**
   * The number of elements.
   *
   * @return 1 for a scalar, 0 if any extent is 0
   * @throws IllegalStateException if an extent is unknown
   * @throws IllegalArgumentException if the number does not fit a long
   */
  public long size() {
    if (!isKnown()) {
      throw new IllegalStateException("the shape " + this + " is not fully known");
    }
    for (long dim : dims) {
      if (dim == 0) {
        return 0;
      }
    }
    long size = 1;
    for (long dim : dims) {
      if (dim > Long.MAX_VALUE / size) {
        throw new IllegalArgumentException("the shape " + this + " has too many elements");
      }
      size *= dim;
    }
    return size;
  }

  /**
   * Whether every extent is known.
   *
   * @return false if any is -1
   */
  public boolean isKnown() {
    for (long dim : dims) {
      if (dim < 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * The extents.
   *
   * @return a new array
   */
  public long[] toArray() {
    return dims.clone();
  }

  /**
   * This shape with one extent replaced.
   *
   * @param axis from 0; negative counts from the last
   * @param dim the new extent
   * @return a new shape
   * @throws IndexOutOfBoundsException if there is no such axis
   */
  public Shape with(int axis, long dim) {
    dim(axis);
    long[] changed = dims.clone();
    changed[axis < 0 ? axis + dims.length : axis] = dim;
    return of(changed);
  }

  /** The extents themselves, for callers in this package that only read them. */
  long[] dims() {
    return dims;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape && Arrays.equals(dims, ((Shape) other).dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /**
   * As MXNet prints it: {@code (2,3)}, {@code (4,)}, {@code ()}, with {@code ?} for an unknown
   * extent.
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < dims.length; i++) {
      if (i > 0) {
        text.append(',');
      }
      if (dims[i] < 0) {
        text.append('?');
      } else {
        text.append(dims[i]);
      }
    }
    return text.append(dims.length == 1 ? ",)" : ")").toString();
  }
}
