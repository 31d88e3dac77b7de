package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The square root of the mean squared difference of log(1 + prediction) and log(1 + label). As in
 * MXNet the root is each batch's, and averaged over what was seen.
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
    add(Math.sqrt(sum * expected.length), expected.length);
  }
}
