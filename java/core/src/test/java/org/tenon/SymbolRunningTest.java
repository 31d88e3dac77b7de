package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The short ways from a symbol to numbers. */
class SymbolRunningTest {
  private final Symbol a = Symbol.variable("a");
  private final Symbol b = Symbol.variable("b");

  @Test
  void evalGivesTheOutputsInArraysOfTheirOwn() {
    List<NDArray> outputs =
        Symbol.group(a.add(b), a.mul(b)).eval(Map.of("a", NDArray.of(1, 2), "b", NDArray.of(3, 4)));
    assertArrayEquals(new float[] {4, 6}, outputs.get(0).toFloatArray());
    assertArrayEquals(new float[] {3, 8}, outputs.get(1).toFloatArray());
    assertThrows(IllegalArgumentException.class, () -> a.add(b).eval(Map.of("a", NDArray.of(1))));
  }

  @Test
  void bindTakesArgumentsAloneOrWithGradients() {
    NDArray x = NDArray.of(1, 2);
    NDArray y = NDArray.of(3, 4);
    Map<String, NDArray> arguments = Map.of("a", x, "b", y);
    try (Executor executor = a.mul(b).bind(Device.cpu(), arguments)) {
      assertArrayEquals(new float[] {3, 8}, executor.forward(false).get(0).toFloatArray());
    }
    NDArray gradient = NDArray.zeros(2);
    try (Executor executor = a.mul(b).bind(Device.cpu(), arguments, Map.of("a", gradient))) {
      executor.forward(true);
      executor.backward(NDArray.of(1, 10));
      assertArrayEquals(new float[] {3, 40}, gradient.toFloatArray());
    }
  }

  @Test
  void forwardTakesInputsByName() {
    Symbol net = Ops.fullyConnected("fc", Symbol.variable("data"), p -> p.numHidden(1));
    try (Executor executor = net.simpleBind(Device.cpu(), Map.of("data", Shape.of(2, 2)))) {
      assertEquals(List.of("fc_weight", "fc_bias"), List.copyOf(executor.gradients().keySet()));
      executor.copyParams(
          Map.of("fc_weight", NDArray.of(2, 3).reshape(1, 2), "other", NDArray.of(1)),
          Map.of(),
          true);
      NDArray data = NDArray.of(new float[][] {{1, 0}, {1, 1}});
      assertArrayEquals(
          new float[] {2, 5}, executor.forward(false, Map.of("data", data)).get(0).toFloatArray());
      assertEquals(
          "the symbol has no argument 'other'; it has [data, fc_weight, fc_bias]",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> executor.copyParams(Map.of("other", data), Map.of(), false))
              .getMessage());
      assertEquals(
          "argument 'data' has shape (1,2), expected (2,2)",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> executor.forward(false, Map.of("data", NDArray.ones(1, 2))))
              .getMessage());
    }
  }

  @Test
  void aNodeListsItsOwnAttributes() {
    Symbol fc = Ops.fullyConnected("fc", a, p -> p.numHidden(3).attr("__mood__", "good"));
    assertEquals(Map.of("num_hidden", "3", "__mood__", "good"), fc.listAttributes());
    assertEquals(Map.of(), a.listAttributes());
    assertEquals(Map.of(), Symbol.group(a, b).listAttributes());
  }
}
