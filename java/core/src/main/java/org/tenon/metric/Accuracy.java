package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The share of positions whose highest score is that of the label.
 *
 * <p>Predictions are scores (batch, classes, …), labels class numbers; or predictions are class
 * numbers of the labels' shape.
 */
public final class Accuracy extends Metric {
  /** Named {@code accuracy}. */
  public Accuracy() {
    super("accuracy");
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    if (label.shape().equals(prediction.shape())) {
      float[] expected = label.toFloatArray();
      float[] given = prediction.toFloatArray();
      int right = 0;
      for (int i = 0; i < expected.length; i++) {
        if (!Float.isNaN(expected[i]) && (int) expected[i] == ClassScores.classOf(given[i])) {
          right++;
        }
      }
      add(right, expected.length);
      return;
    }
    ClassScores scores = new ClassScores(name(), label, prediction);
    int right = 0;
    for (int i = 0; i < scores.positions(); i++) {
      if (scores.best(i) == scores.labels[i]) {
        right++;
      }
    }
    add(right, scores.positions());
  }
}
