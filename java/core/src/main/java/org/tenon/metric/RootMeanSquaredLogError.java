package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The square root of the mean squared difference of log(1 + prediction) and log(1 + label).
 * Averaged over all elements seen.
 */
public final class RootMeanSquaredLogError extends Metric {
  /** Named {@code rmsle}. */
  public RootMeanSquaredLogError() {
    super("rmsle");
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    requireSameSize(label, prediction);
    float[] expected = label.toFloatArray();
    float[] given = prediction.toFloatArray();
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.log1p(given[i]) - Math.log1p(expected[i]);
      sum += difference * difference;
    }
    add(sum, expected.length);
  }

  @Override
  protected double finish(double average) {
    return Math.sqrt(average);
  }
}
