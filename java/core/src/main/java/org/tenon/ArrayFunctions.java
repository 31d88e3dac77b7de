package org.tenon;

/**
 * Methods of {@link NDArray} for operators that are often applied one behind the other; {@link Ops}
 * has all operators with all their parameters.
 */
abstract class ArrayFunctions extends ArrayOperations {
  ArrayFunctions(long handle) {
    super(handle);
  }

  /**
   * The hyperbolic tangent of each element.
   *
   * @return a new array
   */
  public NDArray tanh() {
    return Ops.tanh(self());
  }

  /**
   * 1/(1 + exp(-x)) of each element x.
   *
   * @return a new array
   */
  public NDArray sigmoid() {
    return Ops.sigmoid(self());
  }

  /**
   * max(x, 0) of each element x.
   *
   * @return a new array
   */
  public NDArray relu() {
    return Ops.relu(self());
  }

  /**
   * exp(x), divided by its sum along the last axis.
   *
   * @return a new array
   */
  public NDArray softmax() {
    return softmax(-1);
  }

  /**
   * exp(x), divided by its sum along an axis.
   *
   * @param axis from 0; negative counts from the last
   * @return a new array
   */
  public NDArray softmax(int axis) {
    return Ops.softmax(self(), p -> p.axis(axis));
  }

  /**
   * The logarithm of {@link #softmax()}, exact where that is close to 0.
   *
   * @return a new array
   */
  public NDArray logSoftmax() {
    return logSoftmax(-1);
  }

  /**
   * The logarithm of {@link #softmax(int)}, exact where that is close to 0.
   *
   * @param axis from 0; negative counts from the last
   * @return a new array
   */
  public NDArray logSoftmax(int axis) {
    return Ops.logSoftmax(self(), p -> p.axis(axis));
  }

  /**
   * -1, 0 or 1 by each element's sign.
   *
   * @return a new array
   */
  public NDArray sign() {
    return Ops.sign(self());
  }

  /**
   * The nearest whole number of each element; halves go away from 0.
   *
   * @return a new array
   */
  public NDArray round() {
    return Ops.round(self());
  }

  /**
   * The greatest whole number that is not above each element.
   *
   * @return a new array
   */
  public NDArray floor() {
    return Ops.floor(self());
  }

  /**
   * The least whole number that is not below each element.
   *
   * @return a new array
   */
  public NDArray ceil() {
    return Ops.ceil(self());
  }

  /**
   * Each element, or the limit that it is beyond.
   *
   * @param min the lower limit
   * @param max the upper limit
   * @return a new array
   */
  public NDArray clip(double min, double max) {
    return Ops.clip(self(), p -> p.aMin(min).aMax(max));
  }

  /**
   * The square root of the sum of all squares.
   *
   * @return a new array of shape (1,)
   */
  public NDArray norm() {
    return Ops.norm(self());
  }

  /**
   * Repeats the array along axes of extent 1 until it has a shape.
   *
   * @param dims the shape's extents; 0 keeps this array's own
   * @return a new array
   * @throws IllegalArgumentException if another extent than 1 differs
   */
  public NDArray broadcastTo(long... dims) {
    return broadcastTo(Shape.of(dims));
  }

  /**
   * Repeats the array along axes of extent 1, and along new axes in front, until it has a shape.
   *
   * @param shape all extents; 0 keeps this array's own
   * @return a new array
   * @throws IllegalArgumentException if another extent than 1 differs
   */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  public NDArray broadcastTo(Shape shape) {
    Shape own = self().shape();
    int missing = shape.rank() - own.rank();
    if (missing <= 0) {
      return Ops.broadcastTo(self(), p -> p.shape(shape));
    }
    long[] padded = new long[shape.rank()];
    java.util.Arrays.fill(padded, 0, missing, 1);
    System.arraycopy(own.dims(), 0, padded, missing, own.rank());
    try (NDScope scope = NDScope.open()) {
      return scope.keep(Ops.broadcastTo(self().reshape(Shape.of(padded)), p -> p.shape(shape)));
    }
  }

  /**
   * The array as often along each axis as said.
   *
   * @param times for each axis; with more than there are axes, new ones come in front
   * @return a new array
   */
  public NDArray tile(long... times) {
    return Ops.tile(self(), p -> p.reps(times));
  }

  /**
   * Each element several times, one behind the other.
   *
   * @param times how often
   * @param axis along which axis; negative counts from the last
   * @return a new array
   */
  public NDArray repeat(int times, int axis) {
    return Ops.repeat(self(), p -> p.repeats(times).axis(axis));
  }

  /**
   * Exchanges two axes.
   *
   * @param first from 0; negative counts from the last
   * @param second from 0; negative counts from the last
   * @return a new array
   */
  public NDArray swapAxes(int first, int second) {
    return Ops.swapAxis(self(), p -> p.dim1(first).dim2(second));
  }

  /**
   * Without the axes of extent 1.
   *
   * @param axes which of them; none for all
   * @return a new array
   * @throws IllegalArgumentException if a named axis has another extent
   */
  public NDArray squeeze(long... axes) {
    return Ops.squeeze(
        self(),
        p -> {
          if (axes.length > 0) {
            p.axis(axes);
          }
        });
  }

  /**
   * Rows by their numbers.
   *
   * @param indices which rows of the first axis, of any shape; beyond the ends: the last or first
   * @return a new array: for each index a row
   */
  public NDArray take(NDArray indices) {
    return Ops.take(self(), indices);
  }

  /**
   * Rows of 0 with a 1 in the place that each element names.
   *
   * @param depth how long the rows are
   * @return a new float32 array with one more axis
   */
  public NDArray oneHot(int depth) {
    return Ops.oneHot(self(), p -> p.depth(depth));
  }

  /**
   * The elements in ascending order along the last axis.
   *
   * @return a new array
   */
  public NDArray sort() {
    return Ops.sort(self());
  }

  /**
   * The places of the elements in ascending order along the last axis.
   *
   * @return a new float32 array
   */
  public NDArray argsort() {
    return Ops.argsort(self());
  }

  /**
   * The places of the greatest elements along the last axis, greatest first.
   *
   * @param k how many
   * @return a new float32 array
   */
  public NDArray topk(int k) {
    return Ops.topk(self(), p -> p.k(k));
  }

  /**
   * Zeros in this array's shape, dtype and place.
   *
   * @return a new array
   */
  public NDArray zerosLike() {
    return Ops.zerosLike(self());
  }

  /**
   * Ones in this array's shape, dtype and place.
   *
   * @return a new array
   */
  public NDArray onesLike() {
    return Ops.onesLike(self());
  }
}
