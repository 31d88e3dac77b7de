package org.tenon.module;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.callback.Checkpoint;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.io.NDArrayIter;
import org.tenon.metric.Accuracy;
import org.tenon.metric.Metric;
import org.tenon.op.Activation;
import org.tenon.optimizer.Adam;
import org.tenon.optimizer.Sgd;

class ModuleTest {
  private static final int EXAMPLES = 205;
  private static final int FEATURES = 8;

  private final NDArray data;
  private final NDArray label;

  /** Three clusters of points, which a small net tells apart. */
  ModuleTest() {
    Random random = new Random(4);
    float[] points = new float[EXAMPLES * FEATURES];
    float[] classes = new float[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      int category = random.nextInt(3);
      classes[i] = category;
      for (int f = 0; f < FEATURES; f++) {
        double center = f % 3 == category ? 1.5 : 0;
        points[i * FEATURES + f] = (float) (center + 0.4 * random.nextGaussian());
      }
    }
    data = NDArray.of(points).reshape(EXAMPLES, FEATURES);
    label = NDArray.of(classes);
  }

  private static Symbol mlp() {
    Symbol fc1 = Ops.fullyConnected("fc1", Symbol.variable("data"), p -> p.numHidden(16));
    Symbol act = Ops.activation("act", fc1, p -> p.actType(Activation.ActType.TANH));
    return Ops.softmaxOutput("softmax", Ops.fullyConnected("fc2", act, p -> p.numHidden(3)));
  }

  private NDArrayIter iter(int batch) {
    return NDArrayIter.of(data, label, batch);
  }

  private static float[] trained(Module module) {
    try (Params params = module.params()) {
      return params.arguments().get("fc1_weight").toFloatArray();
    }
  }

  @Test
  void fitLearnsAndScorePredictAndEvaluationAgree() {
    Tenon.seed(1);
    List<Double> evaluations = new ArrayList<>();
    try (Module module = Module.of(mlp())) {
      FitResult result =
          module.fit(
              iter(20),
              f ->
                  f.evalData(iter(20))
                      .optimizer(Sgd.of(0.2f, 0.9f))
                      .initializer(Initializer.xavier())
                      .epochs(10)
                      .onEpochEnd(end -> evaluations.add(end.evaluation().orElseThrow().value())));
      assertEquals(new FitResult(10, false), result);
      assertTrue(evaluations.get(9) > 0.97, evaluations.toString());
      // 205 examples in batches of 20: the last batch holds 15 that only fill it up, and none
      // counts twice.
      double score = module.score(iter(20), new Accuracy()).value();
      assertEquals(evaluations.get(9), score);
      NDArray predictions = module.predict(iter(20)).get(0);
      assertEquals(EXAMPLES, predictions.shape().dim(0));
      Metric whole = new Accuracy();
      whole.update(List.of(label), List.of(predictions));
      assertEquals(score, whole.value(), 1e-12);
    }
  }

  @Test
  void adamLearnsToo() {
    Tenon.seed(1);
    try (Module module = Module.of(mlp())) {
      module.fit(
          iter(41), f -> f.optimizer(Adam.of(0.02f)).initializer(Initializer.xavier()).epochs(15));
      assertTrue(module.score(iter(41), new Accuracy()).value() > 0.97);
    }
  }

  @Test
  void oneSeedGivesIdenticalParameters() {
    float[][] results = new float[2][];
    for (int run = 0; run < 2; run++) {
      Tenon.seed(7);
      try (Module module = Module.of(mlp())) {
        module.fit(
            iter(20),
            f -> f.optimizer(Sgd.of(0.1f, 0.9f)).initializer(Initializer.xavier()).epochs(3));
        results[run] = trained(module);
      }
    }
    assertArrayEquals(results[0], results[1]);
  }

  @Test
  void severalDevicesTrainAsOneDoes() {
    float[][] results = new float[2][];
    Device[][] devices = {{Device.cpu(0)}, {Device.cpu(0), Device.cpu(1), Device.cpu(2)}};
    for (int run = 0; run < 2; run++) {
      Tenon.seed(7);
      Device[] where = devices[run];
      try (Module module = Module.of(mlp(), m -> m.devices(where))) {
        module.fit(
            iter(41),
            f -> f.optimizer(Sgd.of(0.1f, 0.9f)).initializer(Initializer.xavier()).epochs(3));
        results[run] = trained(module);
        assertEquals(EXAMPLES, module.predict(iter(41)).get(0).shape().dim(0));
      }
    }
    assertArrayEquals(results[0], results[1], 1e-4f);
  }

  @Test
  void stepByStepEqualsFit() {
    Tenon.seed(3);
    float[] fitted;
    try (Module module = Module.of(mlp())) {
      module.fit(iter(41), f -> f.optimizer(Sgd.of(0.1f)).initializer(Initializer.xavier()));
      fitted = trained(module);
    }
    Tenon.seed(3);
    try (Module module = Module.of(mlp());
        NDArrayIter train = iter(41)) {
      module.bind(train);
      module.initParams(Initializer.xavier());
      module.initOptimizer(Sgd.of(0.1f));
      for (DataBatch batch : train) {
        module.forward(batch);
        module.backward();
        module.update();
      }
      assertArrayEquals(fitted, trained(module));
    }
  }

  @Test
  void checkpointsComeBackWithTheSamePredictions(@TempDir Path folder) {
    Path prefix = folder.resolve("net");
    try (Module module = Module.of(mlp())) {
      module.fit(iter(20), f -> f.epochs(2).onEpochEnd(new Checkpoint(prefix)));
      assertTrue(Files.exists(folder.resolve("net-symbol.json")));
      assertTrue(Files.exists(folder.resolve("net-0001.params")));
      try (Module loaded = Module.load(prefix, 2)) {
        assertArrayEquals(
            module.predict(iter(20)).get(0).toFloatArray(),
            loaded.predict(iter(20)).get(0).toFloatArray());
      }
    }
  }

  @Test
  void anInterruptEndsTheTrainingWithACheckpoint(@TempDir Path folder) {
    Path prefix = folder.resolve("net");
    try (Module module = Module.of(mlp())) {
      FitResult result =
          module.fit(
              iter(20),
              f ->
                  f.epochs(5)
                      .onBatchEnd(
                          end -> {
                            if (end.epoch() == 1 && end.batch() == 3) {
                              Thread.currentThread().interrupt();
                            }
                          })
                      .onEpochEnd(new Checkpoint(prefix)));
      assertEquals(new FitResult(1, true), result);
      assertTrue(Thread.interrupted());
      assertTrue(Files.exists(folder.resolve("net-0002.params")));
      assertFalse(Files.exists(folder.resolve("net-0003.params")));
    }
  }

  @Test
  void fixedParametersStayAsTheyAre() {
    try (Module module = Module.of(mlp(), m -> m.fixed("fc1_weight"))) {
      module.bind(iter(20));
      module.initParams(Initializer.xavier());
      float[] before = trained(module);
      module.fit(iter(20), f -> f.optimizer(Sgd.of(0.5f)));
      assertArrayEquals(before, trained(module));
    }
  }

  @Test
  void alternatingBatchSizesUseTheSameParameters() {
    try (Module module = Module.of(mlp())) {
      module.bind(
          List.of(DataDesc.of("data", 20, FEATURES)),
          List.of(DataDesc.of("softmax_label", 20)),
          false);
      module.initParams(Initializer.xavier());
      float[] all = module.predict(DataBatch.of(data.slice(0, 40))).get(0).toFloatArray();
      for (int size : new int[] {20, 7, 40, 7, 20}) {
        NDArray some = module.predict(DataBatch.of(data.slice(0, size))).get(0);
        float[] expected = java.util.Arrays.copyOf(all, size * 3);
        assertArrayEquals(expected, some.toFloatArray(), 1e-6f);
      }
    }
  }

  @Test
  void wrongUseSaysWhatToDo(@TempDir Path folder) {
    Module module = Module.of(mlp());
    assertState("the module is not bound: call bind", () -> module.forward(DataBatch.of(data)));
    module.bind(iter(20));
    assertState("call initParams", () -> module.forward(DataBatch.of(data)));
    assertState("the module is bound", () -> module.bind(iter(20)));
    module.initParams();
    assertState("call initOptimizer", module::update);
    assertArgument(
        "parameter 'fc1_weight' is float32(2,), expected float32(16,8)",
        () ->
            module.setParams(
                new Params(java.util.Map.of("fc1_weight", NDArray.zeros(2)), java.util.Map.of()),
                true));
    assertArgument(
        "no parameter 'fc9_weight'",
        () ->
            module.setParams(
                new Params(java.util.Map.of("fc9_weight", NDArray.zeros(2)), java.util.Map.of()),
                true));
    assertArgument(
        "no value is given for parameter 'fc1_weight'",
        () -> module.setParams(new Params(java.util.Map.of(), java.util.Map.of()), false));
    module.close();
    module.close();
    assertState("the module is closed", () -> module.forward(DataBatch.of(data)));
    assertArgument(
        "no variable 'pixels' for data", () -> Module.of(mlp(), m -> m.dataNames("pixels")));
    assertThrows(
        java.io.UncheckedIOException.class, () -> Module.load(folder.resolve("missing"), 1));
  }

  @Test
  void labelsOutOfRangeNeverCrash() {
    NDArray wild = NDArray.of(new float[] {Float.NaN, -1, 3, 1e30f, 0});
    try (Module module = Module.of(mlp())) {
      try {
        module.fit(NDArrayIter.of(data.slice(0, 5), wild, 5), f -> f.epochs(1));
      } catch (IllegalArgumentException | IndexOutOfBoundsException expected) {
        assertTrue(expected.getMessage().contains("label"), expected.getMessage());
      }
    }
  }

  private static void assertState(String part, Executable call) {
    IllegalStateException e = assertThrows(IllegalStateException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  private static void assertArgument(String part, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
