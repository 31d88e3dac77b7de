package org.tenon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tenon.NDArray;
import org.tenon.NDScope;

/** Small arrays that nobody closes, watched in groups. */
class WatchGroupTest {
  private static final int MANY = 10_000;

  @BeforeAll
  static void load() {
    NDArray.ones(1).close();
  }

  /** Frees what nobody holds: a collection asked for as a memory pool at its limit does. */
  private static long openAfterCollection() {
    Collector.reclaim();
    return HandleNatives.openHandles();
  }

  private static void lose(int count) {
    for (int i = 0; i < count; i++) {
      NDArray.of(new float[] {i});
    }
  }

  @Test
  void lostArraysAreFreed() {
    long before = openAfterCollection();
    lose(MANY);
    // Other threads of the tests may hold some.
    assertTrue(openAfterCollection() < before + MANY / 100);
  }

  @Test
  void aGroupThatIsNotFullIsFreedToo() {
    Collector.reclaim();
    long[] handle = new long[1];
    makeOne(handle);
    Collector.reclaim();
    assertFalse(HandleNatives.isOpen(handle[0]));
  }

  private static void makeOne(long[] handle) {
    handle[0] = NativeObject.handleOf(NDArray.of(new float[] {1}));
  }

  @Test
  void whatIsHeldLivesThoughItsNeighboursAreLost() {
    List<NDArray> held = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      held.add(NDArray.of(new float[] {i}));
      lose(20);
    }
    Collector.reclaim();
    for (int i = 0; i < held.size(); i++) {
      assertEquals(i, held.get(i).toScalar());
      held.get(i).close();
    }
  }

  @Test
  void closedArraysAreNotClosedAgainWithTheirGroup() {
    // The slots of closed arrays soon belong to others, whom the group's end must not touch.
    List<NDArray> later = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      NDArray.of(new float[] {-1}).close();
      lose(1);
      later.add(NDArray.of(new float[] {i}));
    }
    Collector.reclaim();
    for (int i = 0; i < later.size(); i++) {
      assertEquals(i, later.get(i).toScalar());
      later.get(i).close();
    }
  }

  @Test
  void arraysThatLeaveAllScopesAreWatched() {
    Collector.reclaim();
    long[] handle = new long[1];
    leaveScope(handle);
    assertTrue(HandleNatives.isOpen(handle[0]));
    Collector.reclaim();
    assertFalse(HandleNatives.isOpen(handle[0]));
  }

  private static void leaveScope(long[] handle) {
    try (NDScope scope = NDScope.open()) {
      handle[0] = NativeObject.handleOf(scope.keep(NDArray.of(new float[] {1})));
    }
  }

  @Test
  void lostArraysNeverHoldMuchMemory() {
    long before = openAfterCollection();
    long heldBefore = HandleNatives.heldBytes();
    long most = 0;
    // Well over a gigabyte, if none were freed.
    for (int i = 0; i < 400; i++) {
      lose(MANY);
      most = Math.max(most, HandleNatives.heldBytes() - heldBefore);
    }
    // What has come since the last collection, and what that one found and new arrays will replace.
    assertTrue(most < 500 << 20, most + " bytes held");
    assertTrue(openAfterCollection() < before + MANY);
  }

  @Test
  void nothingIsDeadAfterAFullReclaim() {
    lose(MANY);
    Collector.reclaim();
    assertEquals(0, WatchGroup.deadBytes());
  }

  @Test
  void bytesOfAHandle() {
    NDArray one = NDArray.of(new float[1]);
    NDArray many = NDArray.of(new float[1000]);
    long handle = NativeObject.handleOf(many);
    assertEquals(
        999 * Float.BYTES,
        HandleNatives.bytesOf(handle) - HandleNatives.bytesOf(NativeObject.handleOf(one)));
    one.close();
    many.close();
    assertEquals(0, HandleNatives.bytesOf(handle));
  }

  /** A reference that is not freed at once, as groups are. */
  private static final class Late extends NativeReference {
    Late(Object object, Head head) {
      super(object, 0, head);
    }

    @Override
    void free() {}
  }

  @Test
  void whatIsFreedLaterDoesNotKeepItsNeighbours() {
    NativeReference.Head head = new NativeReference.Head();
    List<Late> kept = new ArrayList<>();
    List<WeakReference<Late>> others = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Late late = new Late(new Object(), head);
      if (i % 10 == 0) {
        kept.add(late);
      } else {
        others.add(new WeakReference<>(late));
      }
    }
    System.gc();
    head.sweep();
    assertTrue(kept.stream().allMatch(late -> late.refersTo(null)));
    // The JVM's own thread for references has a list of those that a collection cleared, until it
    // has looked at each.
    for (int i = 0; i < 100 && !others.stream().allMatch(other -> other.refersTo(null)); i++) {
      System.gc();
    }
    assertTrue(others.stream().allMatch(other -> other.refersTo(null)));
  }
}
