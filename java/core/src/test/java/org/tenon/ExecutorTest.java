package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExecutorTest {
  private static final float[] X = {1, 2, 3, 4, 5, 6};
  private static final float[] W = {1, 0, -1, 2, 1, 0};

  private static Symbol linear() {
    return Ops.fullyConnected("fc", Symbol.variable("x"), p -> p.numHidden(2));
  }

  private static Map<String, NDArray> arguments() {
    Map<String, NDArray> arguments = new HashMap<>();
    arguments.put("x", NDArray.of(X, Shape.of(2, 3)));
    arguments.put("fc_weight", NDArray.of(W, Shape.of(2, 3)));
    arguments.put("fc_bias", NDArray.of(new float[] {10, 20}));
    return arguments;
  }

  @Test
  void forwardAndBackwardMatchTheFormula() {
    Map<String, NDArray> gradients = new HashMap<>();
    gradients.put("x", NDArray.zeros(2, 3));
    gradients.put("fc_weight", NDArray.zeros(2, 3));
    Map<String, GradRequest> requests = Map.of("x", GradRequest.ADD);
    gradients.get("x").fill(100);
    try (Executor executor =
        linear().bind(Device.cpu(), arguments(), gradients, requests, Map.of())) {
      List<NDArray> outputs = executor.forward(true);
      // x·wᵀ + b: row 0 is (1-3+10, 2+2+20), row 1 is (4-6+10, 8+5+20).
      assertArrayEquals(new float[] {8, 24, 8, 33}, outputs.get(0).toFloatArray());
      assertSame(outputs, executor.forward(true));
      executor.backward(NDArray.of(new float[] {1, 0, 0, 1}, Shape.of(2, 2)));
      // dw = dyᵀ·x, dx = dy·w, which is added to 100.
      assertArrayEquals(X, gradients.get("fc_weight").toFloatArray());
      assertArrayEquals(
          new float[] {101, 100, 99, 102, 101, 100}, gradients.get("x").toFloatArray());
    }
  }

  @Test
  void missingArgumentsAreNamed() {
    Map<String, NDArray> arguments = arguments();
    arguments.remove("fc_bias");
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> linear().bind(Device.cpu(), arguments, Map.of(), Map.of(), Map.of()));
    assertTrue(error.getMessage().contains("fc_bias"), error.getMessage());
  }

  @Test
  void wrongShapesAndTypesAreNamed() {
    Map<String, NDArray> shape = arguments();
    shape.put("fc_weight", NDArray.zeros(2, 4));
    IllegalArgumentException first =
        assertThrows(
            IllegalArgumentException.class,
            () -> linear().bind(Device.cpu(), shape, Map.of(), Map.of(), Map.of()));
    assertTrue(first.getMessage().contains("(2,4)"), first.getMessage());
    Map<String, NDArray> type = arguments();
    type.put("fc_weight", NDArray.of(new int[2][3]));
    IllegalArgumentException second =
        assertThrows(
            IllegalArgumentException.class,
            () -> linear().bind(Device.cpu(), type, Map.of(), Map.of(), Map.of()));
    assertTrue(second.getMessage().contains("int32"), second.getMessage());
  }

  @Test
  void simpleBindMakesWhatIsNeeded() {
    Symbol net = Ops.softmaxOutput("softmax", linear());
    Map<String, Shape> inputs = Map.of("x", Shape.of(4, 3), "softmax_label", Shape.of(4));
    try (Executor executor = net.simpleBind(Device.cpu(), inputs, GradRequest.WRITE)) {
      assertEquals(Shape.of(2, 3), executor.arguments().get("fc_weight").shape());
      assertEquals(2, executor.gradients().size());
      executor.forward(true);
      executor.backward();
      float[] probabilities = executor.outputs().get(0).toFloatArray();
      for (float probability : probabilities) {
        assertEquals(0.5f, probability);
      }
      // All labels are 0: the bias gets (p - 1, p) from each of four rows.
      assertArrayEquals(
          new float[] {-2, 2}, executor.gradients().get("fc_bias").toFloatArray(), 1e-6f);
      assertTrue(executor.memoryReport().sharedBytes() >= 0);
    }
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> linear().simpleBind(Device.cpu(), Map.of(), GradRequest.NULL));
    assertTrue(error.getMessage().contains("do not suffice"), error.getMessage());
  }

  @Test
  void backwardNeedsForward() {
    try (Executor executor =
        linear().simpleBind(Device.cpu(), Map.of("x", Shape.of(1, 3)), GradRequest.WRITE)) {
      assertThrows(IllegalStateException.class, executor::backward);
    }
  }

  @Test
  void monitorsSeeEachOutput() {
    try (Executor executor =
        linear().bind(Device.cpu(), arguments(), Map.of(), Map.of(), Map.of())) {
      List<String> names = new ArrayList<>();
      executor.setMonitor((name, value) -> names.add(name + value.shape()));
      executor.forward(false);
      assertEquals(List.of("fc_output(2,2)"), names);
      executor.clearMonitor();
      executor.forward(false);
      assertEquals(1, names.size());
    }
  }

  @Test
  void closedExecutorsAreRefused() {
    Executor executor = linear().bind(Device.cpu(), arguments(), Map.of(), Map.of(), Map.of());
    NDArray output = executor.outputs().get(0);
    executor.close();
    executor.close();
    assertTrue(output.isClosed());
    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> executor.forward(false));
    assertTrue(error.getMessage().startsWith("this Executor is closed"), error.getMessage());
  }
}
