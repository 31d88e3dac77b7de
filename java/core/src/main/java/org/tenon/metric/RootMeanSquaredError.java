package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The square root of the mean squared difference of predictions and labels. Averaged over all
 * elements seen.
 */
public final class RootMeanSquaredError extends Metric {
  /** Named {@code rmse}. */
  public RootMeanSquaredError() {
    super("rmse");
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    requireSameSize(label, prediction);
    float[] expected = label.toFloatArray();
    float[] given = prediction.toFloatArray();
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = given[i] - (double) expected[i];
      sum += difference * difference;
    }
    add(sum, expected.length);
  }

  @Override
  protected double finish(double average) {
    return Math.sqrt(average);
  }
}
