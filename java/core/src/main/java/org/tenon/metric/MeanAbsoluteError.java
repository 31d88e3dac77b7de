package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The mean of the absolute differences of predictions and labels. Averaged over all elements seen.
 */
public final class MeanAbsoluteError extends Metric {
  /** Named {@code mae}. */
  public MeanAbsoluteError() {
    super("mae");
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    requireSameSize(label, prediction);
    float[] expected = label.toFloatArray();
    float[] given = prediction.toFloatArray();
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      sum += Math.abs(given[i] - (double) expected[i]);
    }
    add(sum, expected.length);
  }
}
