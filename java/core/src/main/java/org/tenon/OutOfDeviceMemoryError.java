package org.tenon;

/**
 * A device's memory limit is reached. The message lists the largest live allocations; after freeing
 * some of them the program may go on.
 */
public class OutOfDeviceMemoryError extends OutOfMemoryError {
  private static final long serialVersionUID = 1;

  /**
   * Makes an error.
   *
   * @param message the figures and the largest live allocations
   */
  public OutOfDeviceMemoryError(String message) {
    super(message);
  }
}
