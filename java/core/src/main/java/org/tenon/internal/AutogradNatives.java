package org.tenon.internal;

/** Native methods of the tape. */
public final class AutogradNatives {
  private AutogradNatives() {}

  /**
   * Switches recording on this thread.
   *
   * @param on whether to record
   * @return the old value
   */
  public static native boolean setRecording(boolean on);

  /**
   * Switches training mode on this thread.
   *
   * @param on whether operators behave as in training
   * @return the old value
   */
  public static native boolean setTraining(boolean on);

  /**
   * Whether this thread records.
   *
   * @return the switch
   */
  public static native boolean isRecording();

  /**
   * Whether this thread is in training mode.
   *
   * @return the switch
   */
  public static native boolean isTraining();

  /**
   * Makes an array a leaf.
   *
   * @param array which
   * @param gradient where its gradient goes
   * @param request MXNet's code
   */
  public static native void markVariable(long array, long gradient, int request);

  /**
   * The gradient of a leaf.
   *
   * @param array which
   * @return a new handle; 0 if it is no leaf
   */
  public static native long gradientOf(long array);

  /**
   * Differentiates.
   *
   * @param heads arrays
   * @param headGradients one per head, 0 for ones; or empty
   * @param retainGraph whether another backward may follow
   * @param training whether operators behave as in training
   */
  public static native void backward(
      long[] heads, long[] headGradients, boolean retainGraph, boolean training);
}
