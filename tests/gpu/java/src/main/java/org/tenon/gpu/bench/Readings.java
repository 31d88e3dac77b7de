package org.tenon.gpu.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.tenon.Tenon;

/** What was measured so far. */
final class Readings {
  private final int rounds;
  private final long leastNanos;
  private final List<String> lines = new ArrayList<>();

  Readings(Sizes sizes) {
    rounds = sizes.rounds();
    leastNanos = sizes.leastNanos();
  }

  /**
   * Times what {@code issue} pushes: the median over rounds, each of as many calls as take the
   * least time, with one wait at its end.
   */
  void take(String name, Runnable issue) {
    run(issue, rounds);
    long calls = Math.max(1, leastNanos / Math.max(1, run(issue, rounds) / rounds));
    double[] seconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      seconds[i] = run(issue, calls) * 1e-9 / calls;
    }
    Arrays.sort(seconds);
    String line = String.format(Locale.ROOT, "%s\t%.9f", name, seconds[rounds / 2]);
    System.out.println(line);
    lines.add(line);
  }

  private static long run(Runnable issue, long calls) {
    long start = System.nanoTime();
    for (long i = 0; i < calls; i++) {
      issue.run();
    }
    Tenon.waitAll();
    return System.nanoTime() - start;
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}
