package org.tenon;

/** The parts of an {@link NDArray} that slices name, read and overwritten. */
abstract class ArrayParts extends ArrayViews {
  ArrayParts(long handle) {
    super(handle);
  }

  /**
   * A copy of a part: MXNet's {@code x[:, 1:3]} is {@code x.get(Slice.all(), Slice.range(1, 3))}.
   *
   * @param where for the first axes, at least one; the others are taken whole
   * @return a new array without the axes of which one place is taken, of shape (1,) if none is left
   * @throws IndexOutOfBoundsException if there are fewer axes, or an axis has no such places
   */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  public NDArray get(Slice... where) {
    Region region = new Region(self().shape(), where);
    try (NDScope scope = NDScope.open()) {
      NDArray part =
          Ops.slice(self(), p -> p.begin(region.begin).end(region.end).step(region.step));
      return scope.keep(region.isWhole() ? part : part.reshape(region.reduced()));
    }
  }

  /**
   * Sets every element of a part: MXNet's {@code x[:, 1:3] = 9} is {@code x.fill(9, Slice.all(),
   * Slice.range(1, 3))}.
   *
   * @param value the number
   * @param where for the first axes, at least one; the others are taken whole
   * @return this array
   * @throws IndexOutOfBoundsException if there are fewer axes, or an axis has no such places
   */
  public NDArray fill(double value, Slice... where) {
    Region region = new Region(self().shape(), where);
    if (region.size() > 0) {
      Ops.sliceAssignScalar(
          self(),
          p -> p.scalar(value).begin(region.begin).end(region.end).step(region.step).out(self()));
    }
    return self();
  }

  /**
   * Overwrites a part: MXNet's {@code x[:, 1:3] = y} is {@code x.set(y, Slice.all(), Slice.range(1,
   * 3))}.
   *
   * @param from an array of the same dtype that broadcasts to the part's shape
   * @param where for the first axes, at least one; the others are taken whole
   * @return this array
   * @throws IndexOutOfBoundsException if there are fewer axes, or an axis has no such places
   * @throws IllegalArgumentException if the shapes do not broadcast
   */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  public NDArray set(NDArray from, Slice... where) {
    Region region = new Region(self().shape(), where);
    Shape part = region.reduced();
    try (NDScope scope = NDScope.open()) {
      NDArray fitting = from.shape().equals(part) ? from : from.broadcastTo(part);
      NDArray whole = region.isWhole() ? fitting : fitting.reshape(region.shape());
      if (region.size() > 0) {
        Ops.sliceAssign(
            self(),
            whole,
            p -> p.begin(region.begin).end(region.end).step(region.step).out(self()));
      }
    }
    return self();
  }

  /** What slices take of a shape. */
  private static final class Region {
    private final long[] begin;
    private final long[] end;
    private final long[] step;
    private final boolean[] single;

    Region(Shape shape, Slice... where) {
      if (where.length == 0 || where.length > shape.rank()) {
        throw new IndexOutOfBoundsException(where.length + " slices of an array of shape " + shape);
      }
      begin = new long[shape.rank()];
      end = new long[shape.rank()];
      step = new long[shape.rank()];
      single = new boolean[shape.rank()];
      for (int axis = 0; axis < shape.rank(); axis++) {
        Slice slice = axis < where.length ? where[axis] : Slice.all();
        begin[axis] = slice.begin(shape, axis);
        end[axis] = slice.end(shape, axis);
        step[axis] = slice.step();
        single[axis] = slice.isSingle();
      }
    }

    /** Whether all axes stay. */
    boolean isWhole() {
      for (boolean one : single) {
        if (one) {
          return false;
        }
      }
      return true;
    }

    long size() {
      return shape().size();
    }

    /** With all axes. */
    Shape shape() {
      long[] dims = new long[begin.length];
      for (int axis = 0; axis < dims.length; axis++) {
        dims[axis] = (end[axis] - begin[axis] + step[axis] - 1) / step[axis];
      }
      return Shape.of(dims);
    }

    /** Without the axes of which one place is taken. */
    Shape reduced() {
      Shape whole = shape();
      long[] dims = new long[begin.length];
      int rank = 0;
      for (int axis = 0; axis < begin.length; axis++) {
        if (!single[axis]) {
          dims[rank++] = whole.dim(axis);
        }
      }
      return rank == 0 ? Shape.of(1) : Shape.of(java.util.Arrays.copyOf(dims, rank));
    }
  }
}
