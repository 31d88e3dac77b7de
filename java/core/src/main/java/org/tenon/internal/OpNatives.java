package org.tenon.internal;

/**
 * Native methods that run operators. {@code attrs} is {@link Attrs#pointer}, the other longs are
 * handles of arrays. New handles may carry the wish for a collection, see {@link
 * Collector#checked}.
 */
public final class OpNatives {
  private OpNatives() {}

  static native long parse(String op, String[] keys, String[] values, int inputs);

  static native void free(long attrs);

  static native int visibleOutputs(long attrs);

  /**
   * Runs an operator of one input and one output.
   *
   * @param attrs parameters
   * @param a the input
   * @return the output, new
   */
  public static native long invoke1(long attrs, long a);

  /**
   * Runs an operator of two inputs and one output.
   *
   * @param attrs parameters
   * @param a the first input
   * @param b the second input
   * @return the output, new
   */
  public static native long invoke2(long attrs, long a, long b);

  /**
   * Runs an operator of one input, one dynamic parameter and one output.
   *
   * @param attrs parameters
   * @param a the input
   * @param scalar the dynamic parameter
   * @return the output, new
   */
  public static native long invokeScalar(long attrs, long a, double scalar);

  /**
   * As {@link #invoke2}, into an array.
   *
   * @param attrs parameters
   * @param a the first input
   * @param b the second input
   * @param out what is written
   */
  public static native void invoke2Into(long attrs, long a, long b, long out);

  /**
   * As {@link #invokeScalar}, into an array.
   *
   * @param attrs parameters
   * @param a the input
   * @param scalar the dynamic parameter
   * @param out what is written
   */
  public static native void invokeScalarInto(long attrs, long a, double scalar, long out);

  /**
   * Runs any operator.
   *
   * @param attrs parameters
   * @param inputs the inputs
   * @param outputs what is written; null: new arrays
   * @param dynamic dynamic parameters; null: defaults
   * @param device where, if there are no inputs; packed
   * @return the visible outputs; null if {@code outputs} is given
   */
  public static native long[] invoke(
      long attrs, long[] inputs, long[] outputs, double[] dynamic, long device);
}
