package org.tenon.metric;

import org.tenon.NDArray;

/** The share of positions whose label is among the k highest scores. */
public final class TopKAccuracy extends Metric {
  private final int k;

  /**
   * Named {@code top_k_accuracy_<k>}.
   *
   * @param k at least 1
   */
  public TopKAccuracy(int k) {
    super("top_k_accuracy_" + k);
    if (k < 1) {
      throw new IllegalArgumentException("k is " + k + ", expected at least 1");
    }
    this.k = k;
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    ClassScores scores = new ClassScores(name(), label, prediction);
    int right = 0;
    for (int i = 0; i < scores.positions(); i++) {
      int wanted = scores.labels[i];
      if (wanted < 0 || wanted >= scores.classes) {
        continue;
      }
      float own = scores.score(i, wanted);
      int before = 0;
      for (int category = 0; category < scores.classes; category++) {
        float other = scores.score(i, category);
        if (other > own || (other == own && category < wanted)) {
          before++;
        }
      }
      if (before < k) {
        right++;
      }
    }
    add(right, scores.positions());
  }
}
