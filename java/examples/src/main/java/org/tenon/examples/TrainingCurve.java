package org.tenon.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.tenon.callback.BatchEnd;

/** Collects accuracies and draws them over the epochs. */
final class TrainingCurve {
  private final List<Double> batchPositions = new ArrayList<>();
  private final List<Double> batchAccuracies = new ArrayList<>();
  private final List<Double> epochs = new ArrayList<>();
  private final List<Double> trainAccuracies = new ArrayList<>();
  private final List<Double> testAccuracies = new ArrayList<>();

  /** Takes every tenth batch's accuracy so far in its epoch. */
  void addBatch(BatchEnd end) {
    if (end.batch() % 10 == 9 && end.batches() > 0) {
      batchPositions.add(end.epoch() + (end.batch() + 1.0) / end.batches());
      batchAccuracies.add(end.metric().parts().get(end.metric().parts().size() - 1).value());
    }
  }

  void addEpoch(double train, double test) {
    epochs.add(epochs.size() + 1.0);
    trainAccuracies.add(train);
    testAccuracies.add(test);
  }

  /** Writes a PNG file. */
  void save(Path file) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(480)
            .title("LeNet on MNIST")
            .xAxisTitle("epoch")
            .yAxisTitle("accuracy")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
    chart.getStyler().setMarkerSize(6);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setXAxisMax((double) epochs.size());
    chart.getStyler().setXAxisDecimalPattern("0.#");
    if (!batchPositions.isEmpty()) {
      chart
          .addSeries("train, within the epoch", batchPositions, batchAccuracies)
          .setMarker(org.knowm.xchart.style.markers.SeriesMarkers.NONE);
    }
    chart.addSeries("train", epochs, trainAccuracies);
    chart.addSeries("test", epochs, testAccuracies);
    BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
  }
}
