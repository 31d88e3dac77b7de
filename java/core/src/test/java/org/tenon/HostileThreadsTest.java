package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.tenon.autograd.Autograd;

/**
 * Threads that change what others use, a full Java heap, exhausted stacks: exceptions at most, and
 * afterwards the library still computes.
 */
class HostileThreadsTest {
  private static void survives(Class<?> main, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of(options));
    all.add(ChildJvm.libraryOption());
    ChildJvm.Result result = ChildJvm.run(all, main);
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().endsWith("computes 2.0\n"), result.output());
  }

  private static void sayWhetherItComputes() {
    System.out.println("computes " + NDArray.ones(1).add(1).toScalar());
  }

  /**
   * Runs the actions on two threads each, some rounds; exceptions that say a bad state may come.
   */
  private static void together(int rounds, Runnable... actions) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2 * actions.length; i++) {
      Runnable action = actions[i / 2];
      Thread thread =
          new Thread(
              () -> {
                for (int round = 0; round < rounds; round++) {
                  try {
                    action.run();
                  } catch (IllegalStateException e) {
                    // What another thread has changed.
                  } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw new IllegalStateException(failure.get());
    }
  }

  /** Some threads mark an array, others compute with it. */
  static final class Mark {
    public static void main(String[] args) throws Exception {
      NDArray x = NDArray.ones(4);
      together(
          20_000,
          x::attachGrad,
          () -> {
            try (Autograd.Mode mode = Autograd.record();
                NDArray y = x.mul(2)) {
              y.backward();
            }
          });
      sayWhetherItComputes();
    }
  }

  /** All threads record into the same array. */
  static final class RecordInto {
    public static void main(String[] args) throws Exception {
      NDArray x = NDArray.ones(4);
      NDArray y = NDArray.ones(4);
      x.attachGrad();
      together(
          20_000,
          () -> {
            try (Autograd.Mode mode = Autograd.record()) {
              Ops.broadcastAdd(x, x, p -> p.out(y));
              Ops.plusScalar(x, p -> p.scalar(1).out(y));
            }
          });
      sayWhetherItComputes();
    }
  }

  /** Some threads set an attribute, others read, compose and bind what it is an attribute of. */
  static final class SetAttribute {
    public static void main(String[] args) throws Exception {
      Symbol weight = Symbol.variable("weight");
      Symbol fc =
          Ops.fullyConnected(
              "fc", Symbol.variable("data"), p -> p.numHidden(3).noBias(true).weight(weight));
      together(
          2_000,
          () -> weight.setAttribute("__note__", "x".repeat((int) (System.nanoTime() % 1000))),
          () -> {
            fc.toJson();
            fc.listAttributes();
            fc.add(weight).inferShapes(Map.of("data", Shape.of(3, 3)));
          });
      sayWhetherItComputes();
    }
  }

  /** All threads go back from the same array. */
  static final class BackwardTogether {
    public static void main(String[] args) throws Exception {
      for (int round = 0; round < 500; round++) {
        NDArray x = NDArray.ones(4);
        x.attachGrad();
        NDArray y = Autograd.record(() -> x.mul(x).mul(x).mul(x).sum());
        together(2, y::backward);
      }
      sayWhetherItComputes();
    }
  }

  @Test
  void attributesThatOneThreadSetsAndOthersRead() throws Exception {
    survives(SetAttribute.class);
  }

  @Test
  void graphsThatThreadsGoBackThroughTogether() throws Exception {
    survives(BackwardTogether.class);
  }

  @Test
  void arraysThatOneThreadMarksAndOthersUse() throws Exception {
    survives(Mark.class);
  }

  @Test
  void arraysThatThreadsRecordInto() throws Exception {
    survives(RecordInto.class);
  }

  @Test
  void recordingIntoAnArrayAgainGivesTheLastGradient() {
    NDArray x = NDArray.ones(4);
    x.attachGrad();
    try (Autograd.Mode mode = Autograd.record();
        NDArray y = NDArray.ones(4)) {
      for (int i = 0; i < 100; i++) {
        Ops.broadcastAdd(x, x, p -> p.out(y));
      }
      y.backward();
    }
    assertEquals(2, x.grad().sum().toScalar() / 4);
  }

  /** Calls while the Java heap is full, then lets go of everything. */
  static final class FullHeap {
    public static void main(String[] args) {
      Symbol net = Ops.fullyConnected("fc", Symbol.variable("data"), p -> p.numHidden(3));
      List<Object> hog = new ArrayList<>();
      for (int size = 1 << 20; size >= 16; size /= 16) {
        try {
          while (true) {
            hog.add(new byte[size]);
          }
        } catch (OutOfMemoryError e) {
          // Full, for blocks of this size.
        }
      }
      int refused = 0;
      for (int i = 0; i < 300; i++) {
        try {
          net.listArguments();
          net.toJson();
          net.inferShapes(Map.of());
          NDArray.zeros(3).add(1);
        } catch (OutOfMemoryError e) {
          refused++;
        }
      }
      hog.clear();
      boolean watched =
          Thread.getAllStackTraces().keySet().stream()
              .anyMatch(thread -> thread.getName().equals("tenon-reaper"));
      System.out.println("refused " + refused + ", the reaper lives: " + watched);
      if (watched && refused > 0) {
        sayWhetherItComputes();
      }
    }
  }

  @Test
  void aFullJavaHeapLeavesEverythingInOrder() throws Exception {
    survives(FullHeap.class, "-Xmx48m", "-XX:+UseSerialGC");
  }

  /** Computes with all of the stack but what the last call needs taken. */
  static final class FullStack {
    private static final NDArray X = NDArray.ones(16, 16);

    public static void main(String[] args) throws Exception {
      // Initialised here, where there is room.
      compute();
      Thread thread = new Thread(null, FullStack::deeper, "deep", 512 << 10);
      thread.start();
      thread.join();
      sayWhetherItComputes();
    }

    private static void compute() {
      X.dot(X).close();
      X.add(1).close();
      try {
        X.add(NDArray.ones(3)).close();
      } catch (IllegalArgumentException e) {
        // Made at this depth, too.
      }
    }

    @SuppressWarnings("InfiniteRecursion") // to the stack's end
    private static int deeper() {
      int depth = 0;
      try {
        depth = deeper();
      } catch (StackOverflowError e) {
        return 0;
      }
      if (depth < 40) {
        try {
          compute();
        } catch (StackOverflowError e) {
          return depth + 1;
        }
      }
      return depth + 1;
    }
  }

  @Test
  void anExhaustedStackIsAnExceptionAtMost() throws Exception {
    survives(FullStack.class);
  }
}
