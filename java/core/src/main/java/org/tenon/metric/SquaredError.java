package org.tenon.metric;

import org.tenon.NDArray;

/** Measures by the squared differences of predictions and labels. */
abstract class SquaredError extends Metric {
  SquaredError(String name) {
    super(name);
  }

  @Override
  protected final void updateOne(NDArray label, NDArray prediction) {
    requireSameSize(label, prediction);
    float[] expected = label.toFloatArray();
    float[] given = prediction.toFloatArray();
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = given[i] - (double) expected[i];
      sum += difference * difference;
    }
    if (expected.length > 0) {
      add(of(sum / expected.length) * expected.length, expected.length);
    }
  }

  /** The metric of one batch from the mean of the squared differences. */
  double of(double mean) {
    return mean;
  }
}
