package org.tenon;

import java.util.ArrayList;
import java.util.List;
import org.tenon.internal.OpSpec;

/**
 * Functions of one {@link NDArray}, reductions and products that people type daily; the rest is in
 * {@link Ops}.
 */
abstract class ArrayOperations extends ArrayArithmetic {
  private static final OpSpec NEGATIVE = new OpSpec("negative", "data", "");
  private static final OpSpec ABS = new OpSpec("abs", "data", "");
  private static final OpSpec EXP = new OpSpec("exp", "data", "");
  private static final OpSpec LOG = new OpSpec("log", "data", "");
  private static final OpSpec SQRT = new OpSpec("sqrt", "data", "");
  private static final OpSpec SQUARE = new OpSpec("square", "data", "");
  private static final OpSpec SUM = new OpSpec("sum", "data", "axis,keepdims");
  private static final OpSpec MEAN = new OpSpec("mean", "data", "axis,keepdims");
  private static final OpSpec PROD = new OpSpec("prod", "data", "axis,keepdims");
  private static final OpSpec MAX = new OpSpec("max", "data", "axis,keepdims");
  private static final OpSpec MIN = new OpSpec("min", "data", "axis,keepdims");
  private static final OpSpec ARGMAX = new OpSpec("argmax", "data", "axis,keepdims");
  private static final OpSpec ARGMIN = new OpSpec("argmin", "data", "axis,keepdims");
  private static final OpSpec DOT = new OpSpec("dot", "lhs,rhs", "transpose_a,transpose_b");
  private static final OpSpec TRANSPOSE = new OpSpec("transpose", "data", "axes");

  ArrayOperations(long handle) {
    super(handle);
  }

  /**
   * The negative of each element.
   *
   * @return a new array
   */
  public NDArray neg() {
    return OpCalls.unary(NEGATIVE, self());
  }

  /**
   * The absolute value of each element.
   *
   * @return a new array
   */
  public NDArray abs() {
    return OpCalls.unary(ABS, self());
  }

  /**
   * The exponential of each element.
   *
   * @return a new array
   */
  public NDArray exp() {
    return OpCalls.unary(EXP, self());
  }

  /**
   * The natural logarithm of each element.
   *
   * @return a new array
   */
  public NDArray log() {
    return OpCalls.unary(LOG, self());
  }

  /**
   * The square root of each element.
   *
   * @return a new array
   */
  public NDArray sqrt() {
    return OpCalls.unary(SQRT, self());
  }

  /**
   * The square of each element.
   *
   * @return a new array
   */
  public NDArray square() {
    return OpCalls.unary(SQUARE, self());
  }

  /**
   * Sum over axes.
   *
   * @param axes which, negative counts from the last; none for all, with a result of shape (1,)
   * @return a new array
   */
  public NDArray sum(int... axes) {
    return reduce(SUM, false, axes);
  }

  /**
   * Sum over axes.
   *
   * @param keepDims whether the axes stay, with extent 1
   * @param axes which, negative counts from the last; none for all
   * @return a new array
   */
  public NDArray sum(boolean keepDims, int... axes) {
    return reduce(SUM, keepDims, axes);
  }

  /**
   * Mean over axes.
   *
   * @param axes which, negative counts from the last; none for all, with a result of shape (1,)
   * @return a new array
   */
  public NDArray mean(int... axes) {
    return reduce(MEAN, false, axes);
  }

  /**
   * Mean over axes.
   *
   * @param keepDims whether the axes stay, with extent 1
   * @param axes which, negative counts from the last; none for all
   * @return a new array
   */
  public NDArray mean(boolean keepDims, int... axes) {
    return reduce(MEAN, keepDims, axes);
  }

  /**
   * Product over axes.
   *
   * @param axes which, negative counts from the last; none for all, with a result of shape (1,)
   * @return a new array
   */
  public NDArray prod(int... axes) {
    return reduce(PROD, false, axes);
  }

  /**
   * Product over axes.
   *
   * @param keepDims whether the axes stay, with extent 1
   * @param axes which, negative counts from the last; none for all
   * @return a new array
   */
  public NDArray prod(boolean keepDims, int... axes) {
    return reduce(PROD, keepDims, axes);
  }

  /**
   * Greatest element over axes.
   *
   * @param axes which, negative counts from the last; none for all, with a result of shape (1,)
   * @return a new array
   */
  public NDArray max(int... axes) {
    return reduce(MAX, false, axes);
  }

  /**
   * Greatest element over axes.
   *
   * @param keepDims whether the axes stay, with extent 1
   * @param axes which, negative counts from the last; none for all
   * @return a new array
   */
  public NDArray max(boolean keepDims, int... axes) {
    return reduce(MAX, keepDims, axes);
  }

  /**
   * Least element over axes.
   *
   * @param axes which, negative counts from the last; none for all, with a result of shape (1,)
   * @return a new array
   */
  public NDArray min(int... axes) {
    return reduce(MIN, false, axes);
  }

  /**
   * Least element over axes.
   *
   * @param keepDims whether the axes stay, with extent 1
   * @param axes which, negative counts from the last; none for all
   * @return a new array
   */
  public NDArray min(boolean keepDims, int... axes) {
    return reduce(MIN, keepDims, axes);
  }

  /**
   * Index of the greatest element along an axis; the first one, if several are.
   *
   * @param axis from 0; negative counts from the last
   * @return a new float32 array without that axis
   */
  public NDArray argmax(int axis) {
    return reduceAxis(ARGMAX, axis);
  }

  /**
   * Index of the least element along an axis; the first one, if several are.
   *
   * @param axis from 0; negative counts from the last
   * @return a new float32 array without that axis
   */
  public NDArray argmin(int axis) {
    return reduceAxis(ARGMIN, axis);
  }

  /**
   * The matrix product; of vectors the inner product, of more axes the sum over this array's last
   * and the other's first axis.
   *
   * @param other the right factor
   * @return a new array
   */
  public NDArray dot(NDArray other) {
    return OpCalls.binary(DOT, self(), other);
  }

  /**
   * The matrix product with factors transposed first, if so wished.
   *
   * @param other the right factor
   * @param transposeThis whether to transpose this array
   * @param transposeOther whether to transpose the other
   * @return a new array
   */
  public NDArray dot(NDArray other, boolean transposeThis, boolean transposeOther) {
    return OpCalls.run(
        DOT,
        new OpCalls.Params<NDArray>(DOT).with(0, transposeThis).with(1, transposeOther),
        self(),
        other);
  }

  /**
   * Reverses the order of the axes.
   *
   * @return a new array
   */
  public NDArray transpose() {
    return OpCalls.unary(TRANSPOSE, self());
  }

  /**
   * Permutes the axes.
   *
   * @param axes for each axis of the result, which axis of this array it is
   * @return a new array
   */
  public NDArray transpose(int... axes) {
    return OpCalls.run(
        TRANSPOSE, new OpCalls.Params<NDArray>(TRANSPOSE).with(0, list(axes)), self());
  }

  private NDArray reduce(OpSpec op, boolean keepDims, int... axes) {
    OpCalls.Params<NDArray> params = new OpCalls.Params<NDArray>(op).with(1, keepDims);
    if (axes.length > 0) {
      params.with(0, list(axes));
    }
    return OpCalls.run(op, params, self());
  }

  private NDArray reduceAxis(OpSpec op, int axis) {
    return OpCalls.run(op, new OpCalls.Params<NDArray>(op).with(0, axis), self());
  }

  private static List<Integer> list(int... axes) {
    List<Integer> list = new ArrayList<>(axes.length);
    for (int axis : axes) {
      list.add(axis);
    }
    return list;
  }
}
