package org.tenon;

/**
 * What an index takes of one axis: everything, a range, every so many of a range, or one place.
 * Negative numbers count from the axis's end. MXNet's {@code x[:, 1:3, -1]} is {@code
 * x.get(Slice.all(), Slice.range(1, 3), Slice.at(-1))}.
 *
 * @see NDArray#get(Slice...)
 * @see NDArray#fill(double, Slice...)
 * @see NDArray#set(NDArray, Slice...)
 */
public final class Slice {
  /** Stands for an end that is the axis's own. */
  private static final long OPEN = Long.MAX_VALUE;

  private static final Slice ALL = new Slice(0, OPEN, 1, false);

  private final long begin;
  private final long end;
  private final long step;
  private final boolean single;

  private Slice(long begin, long end, long step, boolean single) {
    this.begin = begin;
    this.end = end;
    this.step = step;
    this.single = single;
  }

  /**
   * The whole axis.
   *
   * @return {@code :}
   */
  public static Slice all() {
    return ALL;
  }

  /**
   * One place; the result lacks the axis.
   *
   * @param index the place; negative counts from the end
   * @return {@code index}
   */
  public static Slice at(long index) {
    return new Slice(index, OPEN, 1, true);
  }

  /**
   * A range.
   *
   * @param begin the first place; negative counts from the end
   * @param end behind the last place; negative counts from the end
   * @return {@code begin:end}
   */
  public static Slice range(long begin, long end) {
    return range(begin, end, 1);
  }

  /**
   * Every so many of a range.
   *
   * @param begin the first place; negative counts from the end
   * @param end behind the last place; negative counts from the end
   * @param step from one place to the next, at least 1
   * @return {@code begin:end:step}
   */
  public static Slice range(long begin, long end, long step) {
    if (step < 1) {
      throw new IllegalArgumentException(
          "the step of a slice is " + step + ", expected at least 1");
    }
    return new Slice(begin, end, step, false);
  }

  /**
   * A place and all behind it.
   *
   * @param begin the first place; negative counts from the end
   * @return {@code begin:}
   */
  public static Slice from(long begin) {
    return new Slice(begin, OPEN, 1, false);
  }

  /**
   * All before a place.
   *
   * @param end behind the last place; negative counts from the end
   * @return {@code :end}
   */
  public static Slice to(long end) {
    return range(0, end);
  }

  /** Whether this takes one place, and the result lacks the axis. */
  boolean isSingle() {
    return single;
  }

  long step() {
    return step;
  }

  /**
   * The first place on an axis.
   *
   * @throws IndexOutOfBoundsException if the axis has no such places
   */
  long begin(Shape shape, int axis) {
    long extent = shape.dim(axis);
    long first = begin < 0 ? begin + extent : begin;
    long last = end(shape, axis);
    if (first < 0 || last > extent || first > last || (single && first >= extent)) {
      throw new IndexOutOfBoundsException(
          "["
              + this
              + "] is out of range for axis "
              + axis
              + " of an array of shape "
              + shape
              + ", which has "
              + extent
              + " places");
    }
    return first;
  }

  /** Behind the last place on an axis, which {@link #begin} has checked. */
  long end(Shape shape, int axis) {
    long extent = shape.dim(axis);
    if (single) {
      return (begin < 0 ? begin + extent : begin) + 1;
    }
    if (end == OPEN) {
      return extent;
    }
    return end < 0 ? end + extent : end;
  }

  /** As Python writes it: {@code :}, {@code 2}, {@code 1:3}. */
  @Override
  public String toString() {
    if (single) {
      return Long.toString(begin);
    }
    return (begin == 0 ? "" : Long.toString(begin))
        + ":"
        + (end == OPEN ? "" : Long.toString(end))
        + (step == 1 ? "" : ":" + step);
  }
}
