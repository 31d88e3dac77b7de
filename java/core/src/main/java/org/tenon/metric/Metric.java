package org.tenon.metric;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleBiFunction;
import org.tenon.NDArray;

/**
 * How good predictions are, averaged over what {@link #update} has seen since {@link #reset}.
 *
 * <p>Updating reads the arrays and so waits for them. Not thread-safe: one thread updates a metric.
 */
public abstract class Metric {
  private final String name;
  private double sum;
  private long count;

  /** A metric of that name. */
  protected Metric(String name) {
    this.name = Objects.requireNonNull(name, "name");
  }

  /**
   * The metric of MXNet's name: {@code acc} or {@code accuracy}, {@code ce} or {@code
   * cross-entropy}, {@code mse}, {@code rmse}, {@code mae}, {@code rmsle}, {@code top_k_accuracy}
   * (k = 5), {@code loss}.
   *
   * @throws IllegalArgumentException for other names
   */
  public static Metric create(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "acc", "accuracy" -> new Accuracy();
      case "ce", "cross-entropy" -> new CrossEntropy();
      case "mse" -> new MeanSquaredError();
      case "rmse" -> new RootMeanSquaredError();
      case "mae" -> new MeanAbsoluteError();
      case "rmsle" -> new RootMeanSquaredLogError();
      case "top_k_accuracy", "top_k_acc" -> new TopKAccuracy(5);
      case "loss" -> new Loss();
      default ->
          throw new IllegalArgumentException(
              "metric '"
                  + name
                  + "' is not known, expected acc, ce, mse, rmse, mae, rmsle, top_k_accuracy or loss");
    };
  }

  /**
   * A metric computed by a function of the values of one label array and one prediction array,
   * averaged over the arrays.
   */
  public static Metric custom(String name, ToDoubleBiFunction<NDArray, NDArray> function) {
    Objects.requireNonNull(function, "function");
    return new Metric(name) {
      @Override
      protected void updateOne(NDArray label, NDArray prediction) {
        add(function.applyAsDouble(label, prediction), 1);
      }
    };
  }

  /** Its name, as it stands in logs. */
  public String name() {
    return name;
  }

  /**
   * Takes predictions and what they should have been.
   *
   * @param labels one array per output
   * @param predictions as many arrays
   * @throws IllegalArgumentException if numbers or shapes do not fit
   */
  public void update(List<NDArray> labels, List<NDArray> predictions) {
    if (labels.size() != predictions.size()) {
      throw new IllegalArgumentException(
          name
              + ": "
              + labels.size()
              + " label arrays were given for "
              + predictions.size()
              + " prediction arrays");
    }
    for (int i = 0; i < labels.size(); i++) {
      updateOne(labels.get(i), predictions.get(i));
    }
  }

  /** Takes one pair of arrays; calls {@link #add}. */
  protected abstract void updateOne(NDArray label, NDArray prediction);

  /** Adds {@code value}, which stands for {@code items} examples. */
  protected final void add(double value, long items) {
    sum += value;
    count += items;
  }

  /** The average since the last reset; NaN if nothing was seen. */
  public double value() {
    return count == 0 ? Double.NaN : sum / count;
  }

  /** Forgets everything. */
  public void reset() {
    sum = 0;
    count = 0;
  }

  /** Every metric inside: itself, or the parts of a composite. */
  public List<Metric> parts() {
    return List.of(this);
  }

  /** Like {@code accuracy=0.987500}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s=%f", name(), value());
  }

  /** Throws unless the two have the same number of elements. */
  final void requireSameSize(NDArray label, NDArray prediction) {
    if (label.size() != prediction.size()) {
      throw new IllegalArgumentException(
          name + ": labels have shape " + label.shape() + ", predictions " + prediction.shape());
    }
  }
}
