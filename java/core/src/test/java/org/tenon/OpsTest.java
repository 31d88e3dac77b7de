package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How the generated methods take what an operator may have and need not. */
class OpsTest {
  @Test
  void inputsThatAnOperatorCanDoWithoutAreSetInTheLambda() {
    try (NDScope scope = NDScope.open()) {
      NDArray scores = NDArray.of(new float[][] {{0, 0, 0, 0}, {0, 0, 0, 0}});
      float quarter = 0.25f;
      assertArrayEquals(
          new float[] {quarter, quarter, quarter, quarter},
          Ops.softmax(scores).at(0).toFloatArray());
      NDArray length = NDArray.of(new int[] {2, 1});
      assertArrayEquals(
          new float[] {0.5f, 0.5f, 0, 0, 1, 0, 0, 0},
          Ops.softmax(scores, p -> p.useLength(true).length(length)).toFloatArray());
      IllegalArgumentException missing =
          assertThrows(
              IllegalArgumentException.class, () -> Ops.softmax(scores, p -> p.useLength(true)));
      assertEquals(
          "softmax takes 2 inputs, 1 are given: expected data, length", missing.getMessage());
    }
  }

  @Test
  void operatorsWithoutParametersTakeOutputsAndAttributesToo() {
    try (NDScope scope = NDScope.open()) {
      NDArray x = NDArray.of(new float[] {-1, 2});
      NDArray out = NDArray.zeros(2);
      assertSame(out, Ops.relu(x, p -> p.out(out)));
      assertArrayEquals(new float[] {0, 2}, out.toFloatArray());
      Ops.broadcastAdd(x, x, p -> p.out(x));
      assertArrayEquals(new float[] {-2, 4}, x.toFloatArray());
    }
    Symbol y = Ops.flatten("y", Symbol.variable("x"), p -> p.attr("__group__", "b"));
    assertEquals(Optional.of("b"), y.attribute("__group__"));
  }

  @Test
  void symbolsMakeVariablesOfInputsThatAreNeededAndNotGiven() {
    Symbol x = Symbol.variable("x");
    assertEquals(List.of("x"), Ops.softmax("s", x).listArguments());
    assertEquals(
        List.of("x", "s_length"), Ops.softmax("s", x, p -> p.useLength(true)).listArguments());
    assertEquals(
        List.of("x", "fc_weight"),
        Ops.fullyConnected("fc", x, p -> p.numHidden(2).noBias(true)).listArguments());
  }
}
