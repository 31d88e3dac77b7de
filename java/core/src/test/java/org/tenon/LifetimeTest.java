package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Handles under threads that close what others use, and arrays that nobody closes. */
class LifetimeTest {
  /** Allocates without closing; prints the highest resident size in MiB, read from the system. */
  static final class AllocateMuch {
    private AllocateMuch() {}

    public static void main(String[] args) throws Exception {
      long total = Long.parseLong(args[0]);
      int threads = 4;
      List<Thread> all = new ArrayList<>();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      for (int t = 0; t < threads; t++) {
        int seed = t;
        Thread thread =
            new Thread(
                () -> {
                  try {
                    allocate(total / threads, new Random(seed));
                  } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                  }
                });
        thread.start();
        all.add(thread);
      }
      for (Thread thread : all) {
        thread.join();
      }
      if (failure.get() != null) {
        throw new IllegalStateException(failure.get());
      }
      System.out.println("peak " + peakResidentMib());
    }

    /** Sizes from 1 KiB to 64 MiB, each power of two equally often; every array is written. */
    private static void allocate(long bytes, Random random) {
      for (long left = bytes; left > 0; ) {
        long size = Math.min(64L << 20, 1024L << random.nextInt(17));
        NDArray.zeros(Shape.of(size / 4), DType.FLOAT32, Device.cpu());
        left -= size;
      }
    }

    private static long peakResidentMib() throws IOException {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
      }
      throw new IllegalStateException("no VmHWM");
    }
  }

  @Test
  void aHundredGigabytesWithoutClosingStayWithinOneGigabyte() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            List.of("-Xmx512m", ChildJvm.libraryOption()),
            AllocateMuch.class,
            Long.toString(100L << 30));
    assertEquals(0, result.status(), result.output());
    int at = result.output().lastIndexOf("peak ");
    long peak = Long.parseLong(result.output().substring(at + 5).trim());
    assertTrue(peak < 1024, "resident " + peak + " MiB");
  }

  @Test
  void closingUnderRunningCallsIsAnExceptionAtMost() throws Exception {
    int rounds = 2000;
    AtomicReference<NDArray> shared = new AtomicReference<>(NDArray.ones(16));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CyclicBarrier start = new CyclicBarrier(3);
    Runnable user =
        () -> {
          try {
            start.await();
            while (shared.get() != null) {
              NDArray array = shared.get();
              if (array == null) {
                return;
              }
              try (NDArray copy = array.slice(0, 8)) {
                for (float element : copy.toFloatArray()) {
                  if (element != 1) {
                    throw new AssertionError("read " + element);
                  }
                }
              } catch (IllegalStateException e) {
                if (!e.getMessage().startsWith("this NDArray is closed")) {
                  throw e;
                }
              }
            }
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
          }
        };
    Thread first = new Thread(user);
    Thread second = new Thread(user);
    first.start();
    second.start();
    start.await();
    for (int i = 0; i < rounds; i++) {
      NDArray old = shared.getAndSet(NDArray.ones(16));
      old.close();
      old.close();
    }
    shared.getAndSet(null).close();
    first.join();
    second.join();
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }

  @Test
  void slotsAreReusedAndOldHandlesStayStale() {
    List<NDArray> old = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      NDArray array = NDArray.empty(Shape.of(1), DType.FLOAT32, Device.cpu());
      array.close();
      old.add(array);
    }
    try (NDArray open = NDArray.of(new float[] {7})) {
      for (NDArray array : old) {
        assertTrue(array.isClosed());
        array.close();
      }
      assertEquals(7, open.toScalar());
    }
  }
}
