package org.tenon.internal;

/** Native methods on handles of any kind. */
public final class HandleNatives {
  private HandleNatives() {}

  /** Gives a handle back; false if it was stale. */
  static native boolean close(long handle);

  /**
   * Gives many handles back; stale ones and zeros are skipped.
   *
   * @param handles what to close
   * @param count how many of them
   */
  public static native void closeAll(long[] handles, int count);

  /**
   * Gives a group's handles back, as {@link #closeAll}.
   *
   * @param soon null, or handles that will be given back next: their objects are sent for
   */
  static native void closeGroup(long[] handles, int count, long[] soon);

  static native boolean isOpen(long handle);

  /**
   * Whether so much native memory hangs on unclosed objects that a collection is due.
   *
   * @param dead how much of it is known to hang on dead ones
   */
  static native boolean underPressure(long dead);

  /**
   * Tells that a collection has run: the next one is due when the memory in use has grown again.
   *
   * @param dead how much memory is in use no longer, but not given back yet
   * @param nanos how long the collection took
   * @param mostStep how far the memory may grow at most until then, in a program that holds little
   */
  static native void collected(long dead, long nanos, long mostStep);

  /** Bytes that hang on the handle of an array, as the pressure counts them; 0 if it is stale. */
  static native long bytesOf(long array);

  /** Bytes that hang on open handles of arrays, as the pressure counts them. */
  static native long heldBytes();

  /** How many handles are open. */
  static native long openHandles();
}
