package org.tenon.module;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.callback.Checkpoint;
import org.tenon.callback.EpochLog;
import org.tenon.io.NDArrayIter;
import org.tenon.metric.CrossEntropy;
import org.tenon.optimizer.Adam;
import org.tenon.optimizer.LrScheduler;
import org.tenon.optimizer.Optimizer;
import org.tenon.optimizer.Sgd;

/** Trainings that stop, and go on from files. */
class ResumeTest {
  @TempDir Path folder;

  private final NDArray x = NDArray.uniform(-1, 1, 40, 5);
  private final NDArray y = x.sum(1).gt(0);

  private static Symbol net() {
    Symbol fc = Ops.fullyConnected("fc", Symbol.variable("data"), p -> p.numHidden(2));
    return Ops.softmaxOutput("softmax", fc);
  }

  private NDArrayIter iter() {
    return NDArrayIter.of(x, y, 10);
  }

  private static Supplier<Optimizer> optimizer(String name) {
    return () ->
        name.equals("adam")
            ? Adam.builder(0.05).scheduler(LrScheduler.factor(5, 0.7)).build()
            : Sgd.of(0.1, 0.9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"adam 1", "sgd 1", "adam 2"})
  void whatGoesOnFromFilesEndsAsWhatNeverStopped(String what) {
    Supplier<Optimizer> optimizer = optimizer(what.split(" ")[0]);
    Device[] devices = new Device[what.endsWith("2") ? 2 : 1];
    for (int i = 0; i < devices.length; i++) {
      devices[i] = Device.cpu(i);
    }
    Path prefix = folder.resolve("model");
    float[] expected;
    Tenon.seed(5);
    try (Module whole = Module.of(net(), m -> m.devices(devices))) {
      whole.fit(
          iter(),
          f -> f.optimizer(optimizer.get()).epochs(6).onEpochEnd(new Checkpoint(prefix, 2, true)));
      expected = whole.params().arguments().get("fc_weight").toFloatArray();
    }
    assertTrue(Files.exists(folder.resolve("model-0002.states")));
    try (Module resumed = Module.load(prefix, 2, m -> m.devices(devices))) {
      resumed.fit(
          iter(),
          f ->
              f.optimizer(optimizer.get())
                  .optimizerStates(folder.resolve("model-0002.states"))
                  .beginEpoch(2)
                  .epochs(6));
      assertArrayEquals(
          expected, resumed.params().arguments().get("fc_weight").toFloatArray(), 1e-5f);
    }
  }

  @Test
  void statesOfAnotherOptimizerOrNetworkAreRefused() {
    Path file = folder.resolve("states");
    try (Module module = Module.of(net())) {
      module.bind(iter());
      module.initParams();
      assertEquals(
          "the module has no optimizer: call initOptimizer",
          assertThrows(IllegalStateException.class, () -> module.saveOptimizerStates(file))
              .getMessage());
      module.initOptimizer(Adam.of(0.1));
      module.saveOptimizerStates(file);
      module.initOptimizer(Sgd.of(0.1, 0.9));
      assertEquals(
          "'"
              + file
              + "' holds the states of another optimizer than Sgd[learningRate=0.1,"
              + " weightDecay=0.0, momentum=0.9]",
          assertThrows(IllegalArgumentException.class, () -> module.loadOptimizerStates(file))
              .getMessage());
      module.saveOptimizerStates(file);
      module.initOptimizer(Adam.of(0.1));
      assertEquals(
          "'" + file + "' holds no 'state1:fc_weight'",
          assertThrows(IllegalArgumentException.class, () -> module.loadOptimizerStates(file))
              .getMessage());
      NDArray.save(file, List.of(x));
      assertThrows(IllegalArgumentException.class, () -> module.loadOptimizerStates(file));
    }
  }

  @Test
  void parametersAreSavedAndLoadedAlone() throws IOException {
    Path prefix = folder.resolve("model");
    try (Module module = Module.of(net())) {
      module.bind(iter());
      module.initParams();
      module.saveCheckpoint(prefix, 3);
      try (Params params = Params.load(prefix, 3)) {
        assertEquals(Set.of("fc_weight", "fc_bias"), params.arguments().keySet());
        assertEquals(Set.of(), params.auxiliary().keySet());
        params.save(folder.resolve("copy"));
      }
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("model-0003.params")),
          Files.readAllBytes(folder.resolve("copy")));
      try (Params params = Params.load(Files.newInputStream(folder.resolve("copy")))) {
        assertArrayEquals(
            module.params().arguments().get("fc_weight").toFloatArray(),
            params.arguments().get("fc_weight").toFloatArray());
      }
    }
    NDArray.save(folder.resolve("plain"), List.of(x));
    assertEquals(
        "'" + folder.resolve("plain") + "' holds '0', expected names that begin with arg: or aux:",
        assertThrows(IllegalArgumentException.class, () -> Params.load(folder.resolve("plain")))
            .getMessage());
  }

  @Test
  void epochsAreLoggedAsMxnetDoes() {
    List<String> lines = new ArrayList<>();
    try (Module module = Module.of(net())) {
      module.fit(
          iter(),
          f ->
              f.evalData(iter())
                  .metric("acc", "ce")
                  .validationMetric(new CrossEntropy())
                  .epochs(2)
                  .onEpochEnd(new EpochLog(lines::add)));
    }
    String number = "\\d+\\.\\d+";
    List<String> expected =
        List.of(
            "Train-accuracy=", "Train-cross-entropy=", "Time cost=", "Validation-cross-entropy=");
    assertEquals(8, lines.size());
    for (int i = 0; i < lines.size(); i++) {
      String pattern = "Epoch\\[" + i / 4 + "\\] " + expected.get(i % 4) + number;
      assertTrue(lines.get(i).matches(pattern), lines.get(i));
    }
  }
}
