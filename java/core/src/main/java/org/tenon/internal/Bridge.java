package org.tenon.internal;

import java.util.function.LongFunction;
import org.tenon.NDArray;

/**
 * Lets the other packages of this module make arrays of handles, which only {@link NDArray}'s own
 * package can do.
 */
public final class Bridge {
  private static volatile LongFunction<NDArray> arrays;

  private Bridge() {}

  /**
   * Called once by {@link NDArray}.
   *
   * @param wrap makes an array of a new handle
   */
  public static void setArrays(LongFunction<NDArray> wrap) {
    arrays = wrap;
  }

  /**
   * Makes an array of a handle as it came from the native side.
   *
   * @param handle new
   * @return the array, which owns the handle
   */
  public static NDArray wrapArray(long handle) {
    return arrays.apply(handle);
  }
}
