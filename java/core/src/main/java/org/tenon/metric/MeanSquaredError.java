package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The mean of the squared differences of predictions and labels. Averaged over all elements seen.
 */
public final class MeanSquaredError extends Metric {
  /** Named {@code mse}. */
  public MeanSquaredError() {
    super("mse");
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
}
