package org.tenon;

/** An error of Tenon itself, or one that no more specific exception says better. */
public class TenonException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes an exception.
   *
   * @param message what was asked, what was found and where
   */
  public TenonException(String message) {
    super(message);
  }

  /**
   * Makes an exception with a cause.
   *
   * @param message what was asked, what was found and where
   * @param cause what led to it
   */
  public TenonException(String message, Throwable cause) {
    super(message, cause);
  }
}
