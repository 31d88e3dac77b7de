package org.tenon.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntConsumer;
import org.tenon.NDArray;
import org.tenon.NDScope;

/**
 * Adds two 4-element arrays for a minute in one way, in this JVM: what an add costs, how the
 * resident size moves, and what the collector takes. One tab-separated line, see steady_add.sh.
 */
public final class SteadyAdd {
  private static final int BATCH = 1000;
  private static final double WARM_UP_SECONDS = 3;

  private SteadyAdd() {}

  /**
   * Runs.
   *
   * @param args closed, scoped, neverClosed, djlPyTorch or djlMxnet; then seconds
   */
  public static void main(String[] args) throws IOException {
    double seconds = Double.parseDouble(args[1]);
    IntConsumer way = way(args[0]);
    run(way, Math.min(WARM_UP_SECONDS, seconds));
    long residentBefore = resident("VmRSS:");
    long collectedBefore = collectorMillis();
    long start = System.nanoTime();
    long adds = run(way, seconds);
    double elapsed = (System.nanoTime() - start) * 1e-9;
    double collector = (collectorMillis() - collectedBefore) * 1e-3 / elapsed;
    System.out.printf(
        Locale.ROOT,
        "%s\t%.1f\t%d\t%d\t%d\t%.1f%n",
        args[0],
        elapsed * 1e9 / adds,
        residentBefore,
        resident("VmRSS:"),
        resident("VmHWM:"),
        100 * collector);
  }

  private static IntConsumer way(String name) {
    switch (name) {
      case "djlPyTorch":
        return peer(Djl.PYTORCH);
      case "djlMxnet":
        return peer(Djl.MXNET);
      default:
        return ours(name);
    }
  }

  private static IntConsumer peer(Djl engine) {
    NDManager manager = engine.newManager();
    ai.djl.ndarray.NDArray a = manager.create(new float[] {1, 2, 3, 4});
    ai.djl.ndarray.NDArray b = manager.create(new float[] {5, 6, 7, 8});
    return n -> {
      for (int i = 0; i < n; i++) {
        a.add(b).close();
      }
    };
  }

  private static IntConsumer ours(String name) {
    NDArray a = NDArray.of(new float[] {1, 2, 3, 4});
    NDArray b = NDArray.of(new float[] {5, 6, 7, 8});
    return switch (name) {
      case "closed" ->
          n -> {
            for (int i = 0; i < n; i++) {
              a.add(b).close();
            }
          };
      case "scoped" ->
          n -> {
            try (NDScope scope = NDScope.open()) {
              for (int i = 0; i < n; i++) {
                a.add(b);
              }
            }
          };
      case "neverClosed" ->
          n -> {
            for (int i = 0; i < n; i++) {
              a.add(b);
            }
          };
      default -> throw new IllegalArgumentException("no way to add is called " + name);
    };
  }

  private static long run(IntConsumer way, double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long adds = 0;
    while (System.nanoTime() < end) {
      way.accept(BATCH);
      adds += BATCH;
    }
    return adds;
  }

  private static long collectorMillis() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  /** A size of this process in MiB. */
  private static long resident(String field) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new IOException("/proc/self/status has no " + field);
  }
}
