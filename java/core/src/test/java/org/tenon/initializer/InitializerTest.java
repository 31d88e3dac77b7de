package org.tenon.initializer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.io.DataDesc;
import org.tenon.module.Module;
import org.tenon.module.Params;

/** What MXNet 1.9.1's {@code mx.init} does, by its source. */
class InitializerTest {
  private static float[] init(Initializer initializer, String name, long... shape) {
    try (NDArray array = NDArray.full(7, shape)) {
      initializer.init(name, array);
      return array.toFloatArray();
    }
  }

  @Test
  void theEndingOfANameDecides() {
    Initializer five = Initializer.constant(5);
    for (String name : List.of("fc_bias", "bn_beta", "bn_moving_mean", "q_min")) {
      assertArrayEquals(new float[] {0, 0}, init(five, name, 2), name);
    }
    for (String name : List.of("bn_gamma", "bn_moving_var", "q_max")) {
      assertArrayEquals(new float[] {1, 1}, init(five, name, 2), name);
    }
    assertArrayEquals(new float[] {5, 5}, init(five, "fc_weight", 2));
  }

  @Test
  void aVariablesOwnInitializerCountsWhateverItsName() {
    for (String own : List.of("[\"constant\", {\"value\": 3}]", "ones")) {
      Symbol bias = Symbol.variable("fc_bias", Map.of("__init__", own));
      Symbol net =
          Ops.fullyConnected("fc", Symbol.variable("data"), p -> p.numHidden(2).bias(bias));
      try (Module module = Module.of(net, m -> m.labelNames())) {
        module.bind(List.of(DataDesc.of("data", 1, 2)), List.of(), false);
        module.initParams();
        try (Params params = module.params()) {
          float expected = own.equals("ones") ? 1 : 3;
          assertArrayEquals(
              new float[] {expected, expected}, params.arguments().get("fc_bias").toFloatArray());
        }
      }
    }
  }

  @Test
  void xaviersScaleComesFromInputsAndOutputs() {
    Tenon.seed(1);
    // 20 outputs, 10 inputs, windows of 3 x 3: average (90 + 180) / 2.
    float scale = (float) Math.sqrt(3.0 / 135);
    float[] weights = init(Initializer.xavier(), "conv_weight", 20, 10, 3, 3);
    float most = 0;
    double squares = 0;
    for (float weight : weights) {
      most = Math.max(most, Math.abs(weight));
      squares += weight * weight;
    }
    assertTrue(most <= scale && most > 0.95 * scale, most + " for " + scale);
    assertEquals(scale * scale / 3, squares / weights.length, 0.1 * scale * scale / 3);
  }

  @Test
  void aVectorIsNoWeightForXavier() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> init(Initializer.xavier(), "fc_weight", 3));
    assertTrue(e.getMessage().contains("at least 2 dimensions"), e.getMessage());
  }
}
