package org.tenon.metric;

/**
 * The square root of the mean squared difference of predictions and labels. As in MXNet the root is
 * each batch's, and averaged over what was seen.
 */
public final class RootMeanSquaredError extends SquaredError {
  /** Named {@code rmse}. */
  public RootMeanSquaredError() {
    super("rmse");
  }

  @Override
  double of(double mean) {
    return Math.sqrt(mean);
  }
}
