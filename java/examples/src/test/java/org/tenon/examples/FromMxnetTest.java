package org.tenon.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Shape;
import org.tenon.Slice;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.callback.EpochLog;
import org.tenon.callback.Speedometer;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.NDArrayIter;
import org.tenon.metric.Accuracy;
import org.tenon.metric.Metric;
import org.tenon.module.Module;
import org.tenon.module.Prediction;
import org.tenon.op.Activation.ActType;
import org.tenon.op.Pooling.PoolType;
import org.tenon.optimizer.Sgd;

/**
 * The Java lines of docs/from-mxnet.md, compiled and run, and the proof that they are the same
 * lines.
 */
class FromMxnetTest {
  private final List<Object> printed = new ArrayList<>();

  private void out(Object what) {
    printed.add(what);
  }

  @Test
  void theModuleTutorialMemorizesItsRandomDataAndGuessesTheRest() {
    Tenon.seed(1);
    Random random = new Random(1);
    int sampleCount = 1000;
    int trainCount = 800;
    int validCount = sampleCount - trainCount;
    int featureCount = 100;
    int categoryCount = 10;
    int batch = 10;
    NDArray x = NDArray.uniform(0, 1, sampleCount, featureCount);
    NDArray y = NDArray.zeros(sampleCount);
    for (int i = 0; i < sampleCount; i++) {
      y.at(i).fill(random.nextInt(categoryCount));
    }
    float[] firstTen = y.slice(0, 10).toFloatArray();
    assertEquals(10, firstTen.length);
    NDArray xTrain = x.get(Slice.to(trainCount), Slice.to(featureCount - 1));
    NDArray xValid = x.get(Slice.from(trainCount), Slice.to(featureCount - 1));
    NDArray yTrain = y.slice(0, trainCount);
    NDArray yValid = y.slice(trainCount, sampleCount);
    Symbol data = Symbol.variable("data");
    Symbol fc1 = Ops.fullyConnected("fc1", data, p -> p.numHidden(64));
    Symbol relu1 = Ops.activation("relu1", fc1, p -> p.actType(ActType.RELU));
    Symbol fc2 = Ops.fullyConnected("fc2", relu1, p -> p.numHidden(categoryCount));
    Symbol out = Ops.softmaxOutput("softmax", fc2);
    Module mod = Module.of(out);
    NDArrayIter trainIter = NDArrayIter.of(xTrain, yTrain, batch);
    for (DataBatch b : trainIter) {
      out(b.data());
      out(b.label());
    }
    trainIter.reset();
    assertEquals(160, printed.size());
    mod.bind(trainIter.provideData(), trainIter.provideLabel(), true);
    mod.initParams();
    mod.initParams(Initializer.xavier().magnitude(2), true);
    mod.initOptimizer(Sgd.of(0.1));
    mod.fit(
        trainIter, f -> f.optimizer(Sgd.of(0.1)).epochs(50).onEpochEnd(new EpochLog(this::out)));
    assertTrue(printed.get(160).toString().startsWith("Epoch[0] Train-accuracy=0."));
    NDArrayIter predIter = NDArrayIter.of(xValid, yValid, batch);
    int predCount = validCount;
    int totalCorrectPreds = 0;
    for (Prediction prediction : mod.iterPredict(predIter)) {
      int[] label = prediction.batch().label().get(0).toIntArray();
      int[] predLabel = prediction.outputs().get(0).argmax(1).toIntArray();
      int correctPreds =
          (int) IntStream.range(0, label.length).filter(i -> predLabel[i] == label[i]).count();
      totalCorrectPreds += correctPreds;
    }
    out(String.format("Validation accuracy: %2.2f", 1.0 * totalCorrectPreds / predCount));
    // The tutorial's point: what is random can be learnt by heart, and helps nowhere else.
    double learnt = mod.score(trainIter, new Accuracy()).value();
    // MXNet 1.9.1 itself gets to 0.72 with these settings; by chance it would be 0.1.
    assertTrue(learnt > 0.6, "accuracy on the training data: " + learnt);
    assertTrue(totalCorrectPreds < 0.25 * predCount, printed.get(printed.size() - 1).toString());
  }

  @Test
  void theDigitsTutorialTrainsLeNet() {
    NDArray trainArray = Ops.uniform(Device.cpu(), p -> p.shape(300, 1, 28, 28));
    NDArray trainY = NDArray.arange(300).mod(10);
    NDArray testArray = trainArray.slice(0, 250);
    Symbol data = Symbol.variable("data");
    // first conv
    Symbol conv1 = Ops.convolution(data, p -> p.kernel(5, 5).numFilter(20));
    Symbol tanh1 = Ops.activation(conv1, p -> p.actType(ActType.TANH));
    Symbol pool1 = Ops.pooling(tanh1, p -> p.poolType(PoolType.MAX).kernel(2, 2).stride(2, 2));
    // second conv
    Symbol conv2 = Ops.convolution(pool1, p -> p.kernel(5, 5).numFilter(50));
    Symbol tanh2 = Ops.activation(conv2, p -> p.actType(ActType.TANH));
    Symbol pool2 = Ops.pooling(tanh2, p -> p.poolType(PoolType.MAX).kernel(2, 2).stride(2, 2));
    // first fullc
    Symbol flatten = Ops.flatten(pool2);
    Symbol fc1 = Ops.fullyConnected(flatten, p -> p.numHidden(500));
    Symbol tanh3 = Ops.activation(fc1, p -> p.actType(ActType.TANH));
    // second fullc
    Symbol fc2 = Ops.fullyConnected(tanh3, p -> p.numHidden(10));
    // loss
    Symbol lenet = Ops.softmaxOutput("softmax", fc2);
    Device deviceCpu = Device.cpu();
    Tenon.seed(0);
    Module model = Module.of(lenet, m -> m.devices(deviceCpu));
    NDArrayIter train = NDArrayIter.of(trainArray, trainY, 100);
    Sgd sgd = Sgd.builder(0.05).momentum(0.9).weightDecay(0.00001).build();
    model.fit(
        train,
        f -> f.optimizer(sgd).metric(new Accuracy()).epochs(1).onBatchEnd(new Speedometer(100)));
    NDArray preds = model.predict(NDArrayIter.of(testArray, 100)).get(0);
    int[] predLabel = preds.argmax(1).toIntArray();
    assertEquals(250, predLabel.length);
  }

  @Test
  void theRegressionTutorialMeasuresWithAMetricOfItsOwn() {
    NDArray trainX = NDArray.uniform(0, 100, 160, 13);
    NDArray trainY = trainX.sum(true, 1);
    NDArray testX = trainX.slice(0, 50);
    Symbol data = Symbol.variable("data");
    Symbol fc1 = Ops.fullyConnected(data, p -> p.numHidden(1));
    Symbol lro = Ops.linearRegressionOutput(fc1);
    Metric mae = Metric.custom("mae", (label, pred) -> label.sub(pred).abs().mean().toScalar());
    Tenon.seed(0);
    Module model = Module.of(lro);
    NDArrayIter train = NDArrayIter.of(trainX, trainY, 20);
    model.fit(
        train,
        f ->
            f.optimizer(Sgd.of(2e-6, 0.9))
                .metric(mae)
                .epochs(50)
                .onEpochEnd(new EpochLog(this::out)));
    NDArray preds = model.predict(NDArrayIter.of(testX, 20)).get(0);
    assertEquals(Shape.of(50, 1), preds.shape());
    assertEquals(100, printed.size());
    double first = Double.parseDouble(printed.get(0).toString().split("=")[1]);
    double last = Double.parseDouble(printed.get(98).toString().split("=")[1]);
    assertTrue(last < first / 2, first + " to " + last);
  }

  @Test
  void arraysSayWhereTheyLive() {
    out(Device.gpuCount() > 0 ? Device.gpu(0).description() : "no GPU: " + Device.whyNoGpu());
    Device device = Device.gpuCount() > 0 ? Device.gpu(0) : Device.cpu();
    out(NDArray.ones(Shape.of(2, 3), DType.FLOAT32, device).device());
    assertEquals(device, printed.get(1));
  }

  /**
   * Every Java line of the document, in its order, stands in this file or the next; breaks and
   * blanks do not count.
   */
  @Test
  void theDocumentShowsTheLinesThatRunHere() throws IOException {
    Path root = Path.of(System.getProperty("tenon.root"));
    Path tests = root.resolve("java/examples/src/test/java/org/tenon/examples");
    String here =
        squeezed(
            Files.readString(tests.resolve("FromMxnetTest.java"))
                + Files.readString(tests.resolve("FromMxnetSubjectsTest.java")));
    boolean inJava = false;
    int at = 0;
    int lines = 0;
    for (String line : Files.readAllLines(root.resolve("docs/from-mxnet.md"))) {
      if (line.startsWith("```")) {
        inJava = line.equals("```java");
      } else if (inJava && !line.isBlank()) {
        int found = here.indexOf(squeezed(line), at);
        assertTrue(found >= 0, "the document's line is not in the test, in its place: " + line);
        at = found + 1;
        lines++;
      }
    }
    assertTrue(lines > 180, lines + " lines");
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }
}
