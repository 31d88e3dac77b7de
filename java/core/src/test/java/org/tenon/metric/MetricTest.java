package org.tenon.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tenon.NDArray;

class MetricTest {
  private static double measure(Metric metric, NDArray label, NDArray prediction) {
    metric.update(List.of(label), List.of(prediction));
    return metric.value();
  }

  private static NDArray scores() {
    return NDArray.of(new float[][] {{0.3f, 0.7f, 0f}, {0f, 0.1f, 0.9f}, {0.4f, 0.4f, 0.2f}});
  }

  @Test
  void accuracyCountsTheHighestScores() {
    assertEquals(
        2.0 / 3, measure(new Accuracy(), NDArray.of(new float[] {1, 0, 0}), scores()), 1e-12);
  }

  @Test
  void accuracyTakesClassNumbersToo() {
    NDArray label = NDArray.of(new float[] {1, 0, 2, 2});
    assertEquals(0.75, measure(new Accuracy(), label, NDArray.of(new float[] {1, 1, 2, 2})), 1e-12);
  }

  @Test
  void accuracyLooksAtAxisOneOfManyDimensions() {
    // (batch 1, classes 2, positions 2): class 1 wins at position 0, class 0 at position 1.
    NDArray prediction = NDArray.of(new float[] {0.2f, 0.9f, 0.8f, 0.1f}).reshape(1, 2, 2);
    assertEquals(
        1.0, measure(new Accuracy(), NDArray.of(new float[] {1, 0}).reshape(1, 2), prediction));
  }

  @Test
  void topKCountsLabelsAmongTheHighest() {
    assertEquals(1.0, measure(new TopKAccuracy(3), NDArray.of(new float[] {0, 0, 2}), scores()));
    assertEquals(
        2.0 / 3, measure(new TopKAccuracy(2), NDArray.of(new float[] {0, 0, 1}), scores()), 1e-12);
  }

  @Test
  void crossEntropyIsTheMeanNegativeLogarithm() {
    double expected = -(Math.log(0.7) + Math.log(0.9) + Math.log(0.2)) / 3;
    assertEquals(
        expected, measure(new CrossEntropy(), NDArray.of(new float[] {1, 2, 2}), scores()), 1e-6);
  }

  @Test
  void errorsAreAveragedOverElements() {
    NDArray label = NDArray.of(new float[] {1, 2});
    NDArray prediction = NDArray.of(new float[] {2, 4});
    assertEquals(2.5, measure(new MeanSquaredError(), label, prediction), 1e-12);
    assertEquals(Math.sqrt(2.5), measure(new RootMeanSquaredError(), label, prediction), 1e-12);
    assertEquals(1.5, measure(new MeanAbsoluteError(), label, prediction), 1e-12);
    double a = Math.log(3.0 / 2);
    double b = Math.log(5.0 / 3);
    assertEquals(
        Math.sqrt((a * a + b * b) / 2),
        measure(new RootMeanSquaredLogError(), label, prediction),
        1e-9);
  }

  @Test
  void valuesAreAveragedUntilReset() {
    Metric metric = new Accuracy();
    assertTrue(Double.isNaN(metric.value()));
    measure(metric, NDArray.of(new float[] {1}), NDArray.of(new float[][] {{0, 1}}));
    assertEquals(
        0.5, measure(metric, NDArray.of(new float[] {0}), NDArray.of(new float[][] {{0, 1}})));
    metric.reset();
    assertTrue(Double.isNaN(metric.value()));
  }

  @Test
  void badLabelsAndShapesAreErrors() {
    assertMessage(
        "label 7 at position 0 is out of range, expected 0 to 2",
        () -> measure(new CrossEntropy(), NDArray.of(new float[] {7, 0, 0}), scores()));
    assertMessage(
        "expected 3 labels",
        () -> measure(new TopKAccuracy(1), NDArray.of(new float[] {1, 2}), scores()));
    assertMessage(
        "2 label arrays were given for 1 prediction arrays",
        () -> new Accuracy().update(List.of(scores(), scores()), List.of(scores())));
    assertMessage(
        "labels have shape (2,), predictions (3,3)",
        () -> measure(new MeanSquaredError(), NDArray.of(new float[] {1, 2}), scores()));
    assertMessage("metric 'f2' is not known", () -> Metric.create("f2"));
  }

  @Test
  void aLabelThatIsNotANumberIsNoClass() {
    assertEquals(
        0.0,
        measure(
            new TopKAccuracy(1), NDArray.of(new float[] {-1}), NDArray.of(new float[][] {{0, 1}})));
  }

  @Test
  void aCompositeShowsItsParts() {
    CompositeMetric metric = CompositeMetric.of(new Accuracy(), new CrossEntropy());
    measure(metric, NDArray.of(new float[] {1, 2, 0}), scores());
    assertEquals(2, metric.parts().size());
    assertTrue(
        metric.toString().startsWith("accuracy=1.000000, cross-entropy="), metric.toString());
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  /** What MXNet 1.9.1 gives for two batches; roots are taken batch by batch. */
  @Test
  void errorsOfSeveralBatchesAreThoseOfMxnet() {
    NDArray label = NDArray.of(1, 2, 3, 4);
    NDArray prediction = NDArray.of(2, 4, 3, 9).reshape(4, 1);
    assertEquals(7.5, measureByTwos(new MeanSquaredError(), label, prediction), 1e-12);
    assertEquals(
        2.55833637714386, measureByTwos(new RootMeanSquaredError(), label, prediction), 1e-6);
    assertEquals(2, measureByTwos(new MeanAbsoluteError(), label, prediction), 1e-12);
    Metric empty = new RootMeanSquaredError();
    assertTrue(Double.isNaN(measure(empty, NDArray.zeros(0), NDArray.zeros(0, 1))));
  }

  private static double measureByTwos(Metric metric, NDArray label, NDArray prediction) {
    measure(metric, label.slice(0, 2), prediction.slice(0, 2));
    return measure(metric, label.slice(2, 4), prediction.slice(2, 4));
  }
}
