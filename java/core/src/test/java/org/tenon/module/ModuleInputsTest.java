package org.tenon.module;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Shape;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.io.NDArrayIter;
import org.tenon.metric.Metric;
import org.tenon.optimizer.Sgd;

/** What a module takes, and what it says of it. */
class ModuleInputsTest {
  private final NDArray x = NDArray.uniform(0, 1, 60, 2);
  private final NDArray y = x.sum(1).mul(3).add(1);

  private static Symbol line() {
    return Ops.linearRegressionOutput(
        Ops.fullyConnected("fc", Symbol.variable("data"), p -> p.numHidden(1)));
  }

  /** A loss that MXNet's tutorials leave without a name learns from an iterator's only label. */
  @Test
  void theOnlyLabelGoesToTheOnlyLossWhateverItsName() {
    Tenon.seed(1);
    try (Module module = Module.of(line())) {
      assertEquals(List.of("fc_weight", "fc_bias"), module.parameterNames());
      assertEquals(1, module.labelNames().size());
      module.fit(
          NDArrayIter.of(x, y.reshape(60, 1), 20),
          f -> f.optimizer(Sgd.of(0.5)).metric("rmse").epochs(200));
      Params learnt = module.params();
      assertArrayEquals(
          new float[] {3, 3}, learnt.arguments().get("fc_weight").toFloatArray(), 0.05f);
      assertEquals(1, learnt.arguments().get("fc_bias").toScalar(), 0.05);
      assertTrue(
          module.score(NDArrayIter.of(x, y.reshape(60, 1), 20), Metric.create("rmse")).value()
              < 0.05);
    }
  }

  @Test
  void labelsThatAreNotToldApartAreRefused() {
    Symbol two =
        Symbol.group(
            Ops.softmaxOutput("a", Symbol.variable("data")),
            Ops.softmaxOutput("b", Symbol.variable("data")));
    try (Module module = Module.of(two)) {
      assertMessage(
          "labels are [softmax_label], expected [a_label, b_label]",
          () -> module.bind(NDArrayIter.of(x, y, 20)));
    }
    assertMessage(
        "the symbol's labels are [a_label, b_label], labelNames says [a_label]",
        () -> Module.of(two, m -> m.labelNames("a_label")));
    assertMessage(
        "data is [data], expected [image]",
        () ->
            Module.of(Ops.relu(Symbol.variable("image")), m -> m.dataNames("image"))
                .bind(NDArrayIter.of(x, y, 20)));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  @Test
  void shapesAndNamesAreTold() {
    try (Module module = Module.of(Ops.softmaxOutput("softmax", Symbol.variable("data")))) {
      assertEquals(List.of(), module.dataShapes());
      module.bind(NDArrayIter.of(x, y, 20));
      assertEquals(List.of(DataDesc.of("data", 20, 2)), module.dataShapes());
      assertEquals(List.of(DataDesc.of("softmax_label", 20)), module.labelShapes());
      assertEquals(List.of("data"), module.dataNames());
      assertEquals(List.of("softmax_label"), module.labelNames());
      assertEquals(List.of("softmax_output"), module.outputNames());
      assertEquals(
          "Module[<Symbol softmax>, data=[data], labels=[softmax_label], devices=[cpu(0)]]",
          module.toString());
    }
  }

  @Test
  void reshapeKeepsParametersAndTakesOtherBatches() {
    try (Module module = Module.of(line())) {
      assertThrows(IllegalStateException.class, () -> module.reshape(List.of(), List.of()));
      module.bind(List.of(DataDesc.of("data", 4, 2)), List.of(), false);
      module.initParams(Initializer.one());
      module.reshape(List.of(DataDesc.of("data", 3, 2)), List.of());
      assertEquals(List.of(DataDesc.of("data", 3, 2)), module.dataShapes());
      // Labels are passed over where none are bound.
      module.forward(DataBatch.of(NDArray.ones(3, 2), NDArray.ones(3)));
      assertArrayEquals(new float[] {2, 2, 2}, module.outputs().get(0).toFloatArray());
      assertMessage(
          "parameter 'fc_weight' has shape (1,2), but these inputs need (1,5)",
          () -> module.reshape(List.of(DataDesc.of("data", 3, 5)), List.of()));
    }
  }

  @Test
  void gradientsOfTheDataAreComputedOnOneDeviceAndOnTwo() {
    for (Device[] devices : new Device[][] {{Device.cpu()}, {Device.cpu(0), Device.cpu(1)}}) {
      try (Module module = Module.of(line(), m -> m.inputsNeedGrad(true).devices(devices))) {
        module.bind(NDArrayIter.of(x, y.reshape(60, 1), 4));
        module.initParams(Initializer.constant(2));
        module.forward(DataBatch.of(NDArray.ones(4, 2), NDArray.of(4, 3, 2, 1).reshape(4, 1)));
        module.backward();
        List<NDArray> gradients = module.inputGradients();
        assertEquals(1, gradients.size());
        // The output is 2 + 2, so the loss's gradient is 4 - label, times the weights of 2.
        assertArrayEquals(new float[] {0, 0, 2, 2, 4, 4, 6, 6}, gradients.get(0).toFloatArray());
        module.initOptimizer(Sgd.of(0.1));
        module.update();
      }
    }
    try (Module module = Module.of(line())) {
      module.bind(NDArrayIter.of(x, y.reshape(60, 1), 4));
      module.initParams();
      assertThrows(IllegalStateException.class, module::inputGradients);
    }
  }

  @Test
  void predictionsAreIteratedOver() {
    for (Device[] devices : new Device[][] {{Device.cpu()}, {Device.cpu(0), Device.cpu(1)}}) {
      try (Module module = Module.of(line(), m -> m.devices(devices))) {
        NDArrayIter iter = NDArrayIter.of(x, 25);
        module.bind(iter.provideData(), List.of(), false);
        module.initParams(Initializer.one());
        List<Float> given = new ArrayList<>();
        Prediction last = null;
        for (Prediction prediction : module.iterPredict(iter)) {
          assertEquals(given.size() / 25, prediction.index());
          for (float value : prediction.outputs().get(0).toFloatArray()) {
            given.add(value);
          }
          assertTrue(last == null || last.batch().data().get(0).isClosed());
          last = prediction;
        }
        assertTrue(last != null && last.outputs().get(0).isClosed());
        float[] all = module.predict(iter).get(0).toFloatArray();
        assertEquals(60, all.length);
        assertEquals(60, given.size());
        for (int i = 0; i < all.length; i++) {
          assertEquals(all[i], given.get(i));
        }
        // Giving up in the middle leaves the module as it was.
        assertEquals(0, module.iterPredict(iter).iterator().next().index());
        assertEquals(Shape.of(60, 1), module.predict(iter).get(0).shape());
      }
    }
  }

  @Test
  void parametersAreInitialisedAgainIfForced() {
    try (Module module = Module.of(line())) {
      module.bind(NDArrayIter.of(x, y, 20));
      module.initParams(Initializer.one());
      module.initParams(Initializer.constant(5), false);
      assertEquals(1, module.params().arguments().get("fc_weight").mean().toScalar());
      module.initParams(Initializer.constant(5), true);
      assertEquals(5, module.params().arguments().get("fc_weight").mean().toScalar());
    }
  }

  @Test
  void batchesSayTheirShapes() {
    DataBatch batch = DataBatch.of(NDArray.ones(4, 2), NDArray.ones(4));
    assertEquals("DataBatch[data=[(4,2)], label=[(4,)], pad=0]", batch.toString());
    assertSame(batch.data(), batch.data());
  }

  /** MXNet's tutorials predict with {@code label_names=None} and parameters of a larger network. */
  @Test
  void aPartOfALoadedNetworkPredictsWithoutLabels() {
    NDArray weight = NDArray.of(2, 3).reshape(1, 2);
    NDArray bias = NDArray.of(1);
    Params given =
        new Params(Map.of("fc_weight", weight, "fc_bias", bias, "fc2_weight", weight), Map.of());
    try (Module module = Module.of(line(), m -> m.labelNames())) {
      assertEquals(List.of("fc_weight", "fc_bias"), module.parameterNames());
      module.bind(List.of(DataDesc.of("data", 1, 2)), List.of(), false);
      assertMessage(
          "the symbol has no parameter 'fc2_weight'; it has [fc_weight, fc_bias]",
          () -> module.setParams(given));
      module.setParams(given, false, true);
      module.forward(DataBatch.of(NDArray.of(1, 10).reshape(1, 2)));
      assertEquals(33, module.outputs().get(0).toScalar());
    }
  }
}
