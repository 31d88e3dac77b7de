package org.tenon.metric;

/**
 * The square root of the mean squared difference of predictions and labels. Averaged over all
 * elements seen.
 */
public final class RootMeanSquaredError extends SquaredError {
  /** Named {@code rmse}. */
  public RootMeanSquaredError() {
    super("rmse");
  }

  @Override
  protected double finish(double average) {
    return Math.sqrt(average);
  }
}
