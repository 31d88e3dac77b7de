package org.tenon.internal;

/** Native methods of data iterators. */
public final class IterNatives {
  private IterNatives() {}

  /**
   * Makes an iterator.
   *
   * @param type MXNet's name, such as {@code MNISTIter}
   * @param keys of its options
   * @param values of its options
   * @return the iterator
   */
  public static native long create(String type, String[] keys, String[] values);

  /**
   * Names of what it provides.
   *
   * @param iter which
   * @param labels whether of labels rather than data
   * @return names
   */
  public static native String[] names(long iter, boolean labels);

  /**
   * Shapes of what it provides.
   *
   * @param iter which
   * @param labels whether of labels rather than data
   * @return in the order of the names
   */
  public static native long[][] shapes(long iter, boolean labels);

  /**
   * How many batches an epoch has.
   *
   * @param iter which
   * @return -1 if that is not known
   */
  public static native long batches(long iter);

  /**
   * The next batch.
   *
   * @param iter which
   * @return arrays of data, then of labels, then the padding as a number; null at the end
   */
  public static native long[] next(long iter);

  /**
   * Back to the beginning.
   *
   * @param iter which
   */
  public static native void reset(long iter);
}
