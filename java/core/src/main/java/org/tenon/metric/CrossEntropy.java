package org.tenon.metric;

import org.tenon.NDArray;

/**
 * The mean of {@code -log(p + eps)}, p the probability given to the label. Predictions are
 * probabilities (batch, classes, …).
 */
public final class CrossEntropy extends Metric {
  private final double eps;

  /** With MXNet's eps, 1e-12. */
  public CrossEntropy() {
    this(1e-12);
  }

  /** With that eps, which keeps the logarithm finite. */
  public CrossEntropy(double eps) {
    super("cross-entropy");
    this.eps = eps;
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    ClassScores scores = new ClassScores(name(), label, prediction);
    double sum = 0;
    for (int i = 0; i < scores.positions(); i++) {
      int wanted = scores.labels[i];
      if (wanted < 0 || wanted >= scores.classes) {
        throw new IllegalArgumentException(
            name()
                + ": label "
                + wanted
                + " at position "
                + i
                + " is out of range, expected 0 to "
                + (scores.classes - 1));
      }
      sum -= Math.log(scores.score(i, wanted) + eps);
    }
    add(sum, scores.positions());
  }
}
