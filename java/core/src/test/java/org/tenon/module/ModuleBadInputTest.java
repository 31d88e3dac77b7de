package org.tenon.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.Symbol;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.NDArrayIter;
import org.tenon.metric.Accuracy;
import org.tenon.metric.CrossEntropy;
import org.tenon.optimizer.Sgd;

/** What a training is told wrongly, and what it says to that. */
class ModuleBadInputTest {
  private NDScope scope;

  @BeforeEach
  void open() {
    scope = NDScope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Symbol net() {
    Symbol fc = Ops.fullyConnected("fc", Symbol.variable("data"), p -> p.numHidden(3));
    return Ops.softmaxOutput("softmax", fc);
  }

  private static Module ready() {
    Module module = Module.of(net());
    module.bind(NDArrayIter.of(NDArray.ones(8, 5), NDArray.zeros(8), 4));
    module.initParams();
    return module;
  }

  private static void assertSays(
      Class<? extends Exception> type, String message, Executable action) {
    assertEquals(message, assertThrows(type, action).getMessage());
  }

  @Test
  void storesThatDoNotExistAreRefusedWithOneDeviceToo() {
    try (Module module = ready()) {
      assertSays(
          UnsupportedOperationException.class,
          "KVStore: type 'dist_sync' is not offered by this version, expected local",
          () -> module.initOptimizer(Sgd.of(0.1f), "dist_sync"));
      assertSays(NullPointerException.class, "optimizer is null", () -> module.initOptimizer(null));
    }
  }

  @Test
  void batchesThatDoNotFitAreNamed() {
    try (Module module = ready()) {
      assertSays(
          IllegalArgumentException.class,
          "a batch has a scalar as 'data', expected rows as (4,5)",
          () -> module.forward(DataBatch.of(NDArray.zeros())));
      module.forward(DataBatch.of(NDArray.ones(4, 5)), true);
      assertSays(
          IllegalArgumentException.class,
          "backward: the gradient of output 0 is (2,2) float32, expected (4,3) float32",
          () -> module.backward(List.of(NDArray.ones(2, 2))));
    }
  }

  @Test
  void prefixesWithoutANameAreRefused() {
    try (Module module = ready()) {
      String message = "the prefix '/' ends in no name, expected one such as models/lenet";
      assertSays(
          IllegalArgumentException.class, message, () -> module.saveCheckpoint(Path.of("/"), 1));
      assertSays(IllegalArgumentException.class, message, () -> Module.load(Path.of("/"), 1));
      assertSays(NullPointerException.class, "prefix is null", () -> Module.load(null, 1));
    }
  }

  @Test
  void namesAndDevicesAreChecked() {
    assertSays(
        IllegalArgumentException.class,
        "data 'data' is named twice",
        () -> Module.of(net(), m -> m.dataNames("data", "data")));
    assertSays(
        NullPointerException.class,
        "a name of label is null",
        () -> Module.of(net(), m -> m.labelNames((String) null)));
    assertSays(
        NullPointerException.class,
        "a device is null",
        () -> Module.of(net(), m -> m.devices((Device) null)));
  }

  @Test
  void numbersThatNoTrainingCanUseAreRefused() {
    assertSays(
        IllegalArgumentException.class,
        "learning rate is Infinity, expected a number of at least 0",
        () -> Sgd.of(Float.POSITIVE_INFINITY));
    assertSays(
        IllegalArgumentException.class,
        "gradient factor is NaN, expected a finite number",
        () -> Sgd.builder(1).rescaleGradient(Float.NaN));
    assertSays(
        IllegalArgumentException.class,
        "scale is -1.0, expected a number of at least 0",
        () -> Initializer.uniform(-1));
    assertSays(
        IllegalArgumentException.class,
        "sigma is NaN, expected a number of at least 0",
        () -> Initializer.normal(Float.NaN));
  }

  @Test
  void labelsThatAreNoNumbersAreNeverRight() {
    NDArray label = NDArray.full(Double.NaN, 2);
    NDArray scores = NDArray.of(new float[][] {{1, 0}, {1, 0}});
    Accuracy accuracy = new Accuracy();
    accuracy.update(List.of(label), List.of(scores));
    accuracy.update(List.of(label), List.of(NDArray.zeros(2)));
    accuracy.update(List.of(NDArray.zeros(2)), List.of(label));
    assertEquals(0, accuracy.value());
    assertThrows(
        IllegalArgumentException.class,
        () -> new CrossEntropy().update(List.of(label), List.of(scores)));
  }
}
