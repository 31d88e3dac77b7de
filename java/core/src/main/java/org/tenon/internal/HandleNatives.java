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

  static native boolean isOpen(long handle);

  /** Whether so much native memory hangs on unclosed objects that a collection is due. */
  static native boolean underPressure();

  /**
   * Tells that a collection has run: the next one is due when the memory in use has grown again.
   */
  static native void collected();

  /** Bytes that hang on open handles of arrays, as the pressure counts them. */
  static native long heldBytes();

  /** How many handles are open. */
  static native long openHandles();
}
