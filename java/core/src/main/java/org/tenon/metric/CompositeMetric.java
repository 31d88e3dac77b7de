package org.tenon.metric;

import java.util.List;
import java.util.stream.Collectors;
import org.tenon.NDArray;
import org.tenon.internal.Given;

/** Several metrics, updated together. */
public final class CompositeMetric extends Metric {
  private final List<Metric> metrics;

  /** Of these, at least one. */
  public CompositeMetric(List<Metric> metrics) {
    super("composite");
    this.metrics = Given.list("metrics", metrics);
    if (metrics.isEmpty()) {
      throw new IllegalArgumentException("a composite metric needs at least one metric");
    }
  }

  /** Of these, at least one. */
  public static CompositeMetric of(Metric... metrics) {
    return new CompositeMetric(Given.list("metrics", metrics));
  }

  @Override
  public void update(List<NDArray> labels, List<NDArray> predictions) {
    metrics.forEach(metric -> metric.update(labels, predictions));
  }

  @Override
  protected void updateOne(NDArray label, NDArray prediction) {
    update(List.of(label), List.of(prediction));
  }

  /** The value of the first metric. */
  @Override
  public double value() {
    return metrics.get(0).value();
  }

  @Override
  public void reset() {
    metrics.forEach(Metric::reset);
  }

  @Override
  public List<Metric> parts() {
    return metrics.stream().flatMap(metric -> metric.parts().stream()).toList();
  }

  @Override
  public String toString() {
    return metrics.stream().map(Metric::toString).collect(Collectors.joining(", "));
  }
}
