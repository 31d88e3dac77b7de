package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class NDScopeTest {
  @Test
  void closesWhatWasMadeInsideButWhatIsKept() {
    NDArray lost;
    NDArray kept;
    try (NDScope scope = NDScope.open()) {
      lost = NDArray.zeros(2);
      kept = NDArray.zeros(2);
      assertSame(kept, scope.keep(kept));
    }
    assertTrue(lost.isClosed());
    assertFalse(kept.isClosed());
    kept.close();
  }

  @Test
  void keepingMovesOneScopeOutwards() {
    NDArray array;
    try (NDScope outer = NDScope.open()) {
      try (NDScope inner = NDScope.open()) {
        array = NDArray.zeros(2);
        inner.keep(array);
      }
      assertFalse(array.isClosed());
    }
    assertTrue(array.isClosed());
  }

  @Test
  void keepingWhatIsNotInsideChangesNothing() {
    try (NDScope outer = NDScope.open()) {
      NDArray array = NDArray.zeros(2);
      try (NDScope inner = NDScope.open()) {
        inner.keep(array);
      }
      assertFalse(array.isClosed());
    }
  }

  @Test
  void detachedArraysJoinNoScope() {
    NDArray array;
    NDArray after;
    try (NDScope scope = NDScope.open()) {
      array = NDScope.detached(() -> NDArray.zeros(2));
      after = NDArray.zeros(2);
    }
    assertFalse(array.isClosed());
    assertTrue(after.isClosed());
    array.close();
  }

  @Test
  void closingAnOuterScopeClosesInnerOnes() {
    NDScope outer = NDScope.open();
    NDScope inner = NDScope.open();
    NDArray array = NDArray.zeros(2);
    outer.close();
    assertTrue(array.isClosed());
    inner.close();
    NDArray free = NDArray.zeros(2);
    outer.close();
    assertFalse(free.isClosed());
    free.close();
  }

  @Test
  void closedArraysInsideAreNoTrouble() {
    try (NDScope scope = NDScope.open()) {
      NDArray array = NDArray.zeros(2);
      array.close();
      scope.keep(array);
      // A new array may get the closed one's slot; the scope must not take it along.
      NDArray next = NDScope.detached(() -> NDArray.zeros(2));
      scope.close();
      assertFalse(next.isClosed());
      next.close();
    }
  }

  @Test
  void scopesBelongToTheirThreads() throws InterruptedException {
    try (NDScope scope = NDScope.open()) {
      AtomicReference<NDArray> made = new AtomicReference<>();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread other =
          new Thread(
              () -> {
                made.set(NDArray.zeros(2));
                thrown.set(assertThrows(IllegalStateException.class, scope::close));
              },
              "other");
      other.start();
      other.join();
      scope.close();
      assertFalse(made.get().isClosed());
      made.get().close();
      assertEquals(
          "this scope belongs to thread '" + Thread.currentThread().getName() + "', not to 'other'",
          thrown.get().getMessage());
    }
  }

  @Test
  void keepingInAClosedScopeIsAnError() {
    NDScope scope = NDScope.open();
    NDArray array = NDArray.zeros(2);
    scope.close();
    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> scope.keep(array));
    assertEquals("this scope is closed", error.getMessage());
  }

  @Test
  void manyArraysCloseAtOnce() {
    NDArray[] arrays = new NDArray[1000];
    try (NDScope scope = NDScope.open()) {
      for (int i = 0; i < arrays.length; i++) {
        arrays[i] = NDArray.empty(Shape.of(3), DType.FLOAT32, Device.cpu());
      }
    }
    for (NDArray array : arrays) {
      assertTrue(array.isClosed());
    }
  }
}
