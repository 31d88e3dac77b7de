package org.tenon.metric;

/**
 * The mean of the squared differences of predictions and labels. Averaged over all elements seen.
 */
public final class MeanSquaredError extends SquaredError {
  /** Named {@code mse}. */
  public MeanSquaredError() {
    super("mse");
  }
}
