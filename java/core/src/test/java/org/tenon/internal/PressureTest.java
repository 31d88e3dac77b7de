package org.tenon.internal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the native side asks for a collection. */
class PressureTest {
  private static final long MIB = 1 << 20;
  private static final long LARGE_HEAP = 16L << 30;
  private static final long SMALL_HEAP = 512 * MIB;
  private static final long LONG = Long.MAX_VALUE;

  @BeforeEach
  @AfterEach
  void reset() {
    Collector.reclaim();
    collections(10, 0, LARGE_HEAP);
  }

  private static void collections(int count, long nanos, long heap) {
    for (int i = 0; i < count; i++) {
      HandleNatives.collected(0, nanos, heap / 4);
    }
  }

  /** Whether a collection is due when so much more is held than at the last one. */
  private static boolean dueAfter(long bytes) {
    return HandleNatives.underPressure(-bytes);
  }

  @Test
  void quickCollectionsAreAskedForOften() {
    assertFalse(dueAfter(150 * MIB));
    assertTrue(dueAfter(250 * MIB));
  }

  @Test
  void slowCollectionsAreAskedForSeldom() {
    collections(10, LONG, LARGE_HEAP);
    assertFalse(dueAfter(3000 * MIB));
    assertTrue(dueAfter(5000 * MIB));
  }

  @Test
  void smallHeapsKeepSlowCollectionsFrequent() {
    collections(10, LONG, SMALL_HEAP);
    assertTrue(dueAfter(250 * MIB));
  }

  @Test
  void whatIsKnownToBeDeadDoesNotCount() {
    assertTrue(dueAfter(250 * MIB));
    assertFalse(HandleNatives.underPressure(100 * MIB - 250 * MIB));
  }
}
