package org.tenon.kvstore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.optimizer.Sgd;

/** The lines of MXNet's KVStore tutorial. */
class KVStoreTest {
  private final NDArray a = NDArray.zeros(2);

  private static NDArray twos() {
    return NDArray.full(2, 2);
  }

  private float[] pulled(KVStore kv, String key) {
    kv.pull(key, a);
    return a.toFloatArray();
  }

  @Test
  void valuesArePushedSummedAndPulled() {
    try (KVStore kv = KVStore.create()) {
      assertEquals("KVStore[local]", kv.toString());
      kv.init("3", twos());
      assertArrayEquals(new float[] {2, 2}, pulled(kv, "3"));
      kv.push("3", NDArray.full(8, 2));
      assertArrayEquals(new float[] {8, 8}, pulled(kv, "3"));
      List<NDArray> ofDevices =
          List.of(NDArray.ones(2), NDArray.ones(2).to(Device.cpu(1)), NDArray.ones(2));
      kv.push("3", ofDevices);
      kv.pull("3", ofDevices);
      assertArrayEquals(new float[] {3, 3}, ofDevices.get(1).toFloatArray());
    }
  }

  @Test
  void anUpdaterMerges() {
    try (KVStore kv = KVStore.create()) {
      kv.init("3", twos());
      kv.setUpdater((key, pushed, stored) -> stored.addi(pushed.mul(2)));
      kv.push("3", List.of(NDArray.ones(2), NDArray.ones(2), NDArray.ones(2), NDArray.ones(2)));
      assertArrayEquals(new float[] {10, 10}, pulled(kv, "3"));
    }
  }

  /** MXNet 1.9.1: from ones, 0.9 after a push of ones at the rate 0.1. */
  @Test
  void anOptimizerMerges() {
    try (KVStore kv = KVStore.create()) {
      kv.init("9", NDArray.ones(2));
      kv.setOptimizer(Sgd.of(0.1, 0.5));
      kv.push("9", NDArray.ones(2));
      assertArrayEquals(new float[] {0.9f, 0.9f}, pulled(kv, "9"), 1e-6f);
      kv.push("9", NDArray.ones(2));
      assertArrayEquals(new float[] {0.75f, 0.75f}, pulled(kv, "9"), 1e-6f);
    }
  }

  @Test
  void closedStoresAndNullsAreRefused() {
    KVStore kv = KVStore.create();
    assertThrows(NullPointerException.class, () -> kv.setOptimizer(null));
    kv.close();
    kv.close();
    assertThrows(IllegalStateException.class, () -> kv.init("1", twos()));
  }
}
