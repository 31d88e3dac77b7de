package org.tenon;

/** What backward does with an argument's gradient. */
public enum GradRequest {
  /** Nothing: no gradient is computed. */
  NULL(0),
  /** Overwrite it. */
  WRITE(1),
  /** Add to it. */
  ADD(3);

  private final int code;

  GradRequest(int code) {
    this.code = code;
  }

  /**
   * MXNet's code.
   *
   * @return the code
   */
  public int code() {
    return code;
  }
}
