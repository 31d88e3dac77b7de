package org.tenon.metric;

import org.tenon.NDArray;

/**
 * Predictions of classes in Java's memory: (batch, classes) or (batch, classes, …), the classes on
 * axis 1, with one label for each position of the other axes.
 */
final class ClassScores {
  final float[] scores;
  final int[] labels;
  final int classes;
  private final int inner;

  ClassScores(String metric, NDArray label, NDArray prediction) {
    long[] dims = prediction.shape().toArray();
    if (dims.length < 2) {
      throw new IllegalArgumentException(
          metric
              + ": predictions have shape "
              + prediction.shape()
              + ", expected (batch, classes, ...)");
    }
    long positions = dims[1] == 0 ? 0 : prediction.size() / dims[1];
    if (label.size() != positions) {
      throw new IllegalArgumentException(
          metric
              + ": labels have shape "
              + label.shape()
              + ", predictions "
              + prediction.shape()
              + ": expected "
              + positions
              + " labels");
    }
    classes = (int) dims[1];
    long behind = 1;
    for (int axis = 2; axis < dims.length; axis++) {
      behind *= dims[axis];
    }
    inner = (int) behind;
    scores = prediction.toFloatArray();
    float[] values = label.toFloatArray();
    labels = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      labels[i] = classOf(values[i]);
    }
  }

  /** The class that a number stands for; -1, which is none, for NaN. */
  static int classOf(float value) {
    return Float.isNaN(value) ? -1 : (int) value;
  }

  int positions() {
    return labels.length;
  }

  /** The score of a class at a position. */
  float score(int position, int category) {
    int outer = position / inner;
    return scores[(outer * classes + category) * inner + position % inner];
  }

  /** The class with the highest score; the first of equals. */
  int best(int position) {
    int best = 0;
    float most = score(position, 0);
    for (int category = 1; category < classes; category++) {
      float score = score(position, category);
      if (score > most) {
        most = score;
        best = category;
      }
    }
    return best;
  }
}
