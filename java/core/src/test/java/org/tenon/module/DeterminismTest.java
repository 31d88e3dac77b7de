package org.tenon.module;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Shape;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.initializer.Initializer;
import org.tenon.io.NDArrayIter;
import org.tenon.op.Pooling.PoolType;
import org.tenon.optimizer.Sgd;

/** The deterministic mode: one seed, one result. */
class DeterminismTest {
  private static final int EXAMPLES = 100;

  /** Convolution, statistics, random numbers, sums over a batch: whatever an order could change. */
  private static Symbol net() {
    Symbol data = Symbol.variable("data");
    Symbol conv = Ops.convolution("conv", data, p -> p.kernel(3, 3).numFilter(8));
    Symbol norm = Ops.relu(Ops.batchNorm("norm", conv));
    Symbol pool =
        Ops.pooling("pool", norm, p -> p.kernel(2, 2).stride(2, 2).poolType(PoolType.MAX));
    Symbol fc1 = Ops.fullyConnected("fc1", Ops.flatten(pool), p -> p.numHidden(32));
    Symbol drop = Ops.dropout("drop", Ops.relu(fc1), p -> p.p(0.3));
    return Ops.softmaxOutput("softmax", Ops.fullyConnected("fc2", drop, p -> p.numHidden(4)));
  }

  private static Map<String, float[]> train(long seed, Device... devices) {
    Random random = new Random(8);
    float[] pixels = new float[EXAMPLES * 12 * 12];
    float[] classes = new float[EXAMPLES];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    for (int i = 0; i < EXAMPLES; i++) {
      classes[i] = random.nextInt(4);
    }
    Tenon.seed(seed);
    Map<String, float[]> trained = new LinkedHashMap<>();
    try (NDArray data = NDArray.of(pixels, Shape.of(EXAMPLES, 1, 12, 12));
        NDArray label = NDArray.of(classes);
        Module module = Module.of(net(), m -> m.devices(devices))) {
      module.fit(
          NDArrayIter.of(data, label, 20),
          f -> f.optimizer(Sgd.of(0.1f, 0.9f)).initializer(Initializer.xavier()).epochs(4));
      try (Params params = module.params()) {
        params.arguments().forEach((name, array) -> trained.put(name, array.toFloatArray()));
        params.auxiliary().forEach((name, array) -> trained.put(name, array.toFloatArray()));
      }
    }
    return trained;
  }

  private static void assertSame(Map<String, float[]> first, Map<String, float[]> second) {
    assertEquals(first.keySet(), second.keySet());
    first.forEach((name, values) -> assertArrayEquals(values, second.get(name), name));
  }

  @Test
  void twoTrainingsWithOneSeedGiveIdenticalParameters() {
    assertFalse(Tenon.isDeterministic());
    Tenon.deterministic(true);
    try {
      assertTrue(Tenon.isDeterministic());
      Map<String, float[]> first = train(7, Device.cpu());
      assertSame(first, train(7, Device.cpu()));
      assertFalse(Arrays.equals(first.get("fc1_weight"), train(8, Device.cpu()).get("fc1_weight")));
      Device[] two = {Device.cpu(0), Device.cpu(1)};
      assertSame(train(7, two), train(7, two));
    } finally {
      Tenon.deterministic(false);
    }
    assertFalse(Tenon.isDeterministic());
  }
}
