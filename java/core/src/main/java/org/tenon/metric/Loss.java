package org.tenon.metric;

import java.util.List;
import org.tenon.NDArray;

/**
 * The mean of the outputs themselves, for networks that compute their loss. Labels are not looked
 * at.
 */
public final class Loss extends Metric {
  /** Named {@code loss}. */
  public Loss() {
    super("loss");
  }

  @Override
  public void update(List<NDArray> labels, List<NDArray> predictions) {
    for (NDArray prediction : predictions) {
      updateOne(prediction, prediction);
    }
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    double sum = 0;
    float[] values = prediction.toFloatArray();
    for (float value : values) {
      sum += value;
    }
    add(sum, values.length);
  }
}
