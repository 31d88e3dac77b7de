package org.tenon;

import java.lang.ref.Reference;
import org.tenon.internal.ArrayNatives;

/**
 * The views of an {@link NDArray}: other arrays over the same memory. While the thread records,
 * gradients flow through them.
 */
abstract class ArrayViews extends ArrayReading {
  ArrayViews(long handle) {
    super(handle);
  }

  /**
   * Rows of the first axis, sharing memory.
   *
   * @param begin the first row
   * @param end behind the last row
   * @return a view
   * @throws IndexOutOfBoundsException unless 0 ≤ begin ≤ end ≤ the first extent
   */
  public NDArray slice(long begin, long end) {
    NDArray view = NDArray.wrap(ArrayNatives.slice(handle, begin, end));
    Reference.reachabilityFence(this);
    return view;
  }

  /**
   * One row of the first axis, without that axis (of an array with one axis: of shape (1,)),
   * sharing memory.
   *
   * @param index which row; negative counts from the end
   * @return a view
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public NDArray at(long index) {
    Shape whole = self().shape();
    if (whole.rank() == 0) {
      throw new IndexOutOfBoundsException("an array of shape () has no rows");
    }
    long row = index < 0 ? index + whole.dim(0) : index;
    if (row < 0 || row >= whole.dim(0)) {
      throw new IndexOutOfBoundsException(
          "row "
              + index
              + " of an array of shape "
              + whole
              + (whole.dim(0) == 0
                  ? ": there are no rows"
                  : ": rows are 0 to " + (whole.dim(0) - 1)));
    }
    NDArray view = NDArray.wrap(ArrayNatives.at(handle, row));
    Reference.reachabilityFence(this);
    return view;
  }

  /**
   * What is at an index, sharing memory: a row, a row of a row, and so on.
   *
   * @param index along the first axes; negative counts from the end
   * @return a view
   * @throws IndexOutOfBoundsException if there is no such index
   */
  public NDArray get(long... index) {
    if (index.length == 0 || index.length > self().shape().rank()) {
      throw new IndexOutOfBoundsException(
          index.length + " indices into an array of shape " + self().shape());
    }
    NDArray view = at(index[0]);
    for (int i = 1; i < index.length; i++) {
      NDArray row = view;
      try {
        view = row.at(index[i]);
      } finally {
        row.close();
      }
    }
    return view;
  }

  /**
   * The same elements in another shape, sharing memory, with MXNet's codes: 0 keeps this array's
   * extent in that place, -1 (once) follows from the others, -2 keeps all extents that are left, -3
   * is the product of the next two, -4 splits the next one into the two extents that follow.
   *
   * @param dims extents and codes; {@link #reshape(Shape)} takes an extent of 0 as it is
   * @return a view
   * @throws IllegalArgumentException if the number of elements differs
   */
  public NDArray reshape(long... dims) {
    return reshape(ReshapeCodes.resolve(dims, self().shape()));
  }

  /**
   * The same elements in another shape, sharing memory.
   *
   * @param to all extents
   * @return a view
   * @throws IllegalArgumentException if the number of elements differs
   */
  public NDArray reshape(Shape to) {
    NDArray view = NDArray.wrap(ArrayNatives.reshape(handle, to.dims()));
    Reference.reachabilityFence(this);
    return view;
  }

  /**
   * The same elements with one more axis, of extent 1, sharing memory.
   *
   * @param axis where the new axis stands in the result; negative counts from the result's end
   * @return a view
   * @throws IndexOutOfBoundsException if the result has no such axis
   */
  public NDArray expandDims(int axis) {
    long[] dims = self().shape().dims();
    int at = axis < 0 ? axis + dims.length + 1 : axis;
    if (at < 0 || at > dims.length) {
      throw new IndexOutOfBoundsException(
          "expandDims(" + axis + ") of an array of shape " + self().shape());
    }
    long[] wide = new long[dims.length + 1];
    System.arraycopy(dims, 0, wide, 0, at);
    wide[at] = 1;
    System.arraycopy(dims, at, wide, at + 1, dims.length - at);
    return reshape(Shape.of(wide));
  }

  /**
   * The same elements as a matrix: all axes but the first become one, sharing memory.
   *
   * @return a view of shape (d0, d1·d2·…)
   */
  public NDArray flatten() {
    Shape whole = self().shape();
    long rows = whole.rank() == 0 ? 1 : whole.dim(0);
    long columns = 1;
    for (int axis = 1; axis < whole.rank(); axis++) {
      columns *= whole.dim(axis);
    }
    return reshape(Shape.of(rows, columns));
  }
}
