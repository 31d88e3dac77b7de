package org.tenon.gpu.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import org.tenon.Tenon;

/** What was measured so far: in a file at once, as the time for everything may not suffice. */
final class Readings {
  private final int rounds;
  private final long leastNanos;
  private final Path file;
  private int failures;

  Readings(Sizes sizes, Path file) {
    rounds = sizes.rounds();
    leastNanos = sizes.leastNanos();
    this.file = file;
  }

  /**
   * Times what {@code issue} pushes: the median over rounds, each of as many calls as take the
   * least time, with one wait at its end. A failure is said, and keeps nothing else from being
   * measured.
   */
  void take(String name, Runnable issue) {
    attempt(name, () -> record(name, issue));
  }

  /** Runs {@code body}, whose failure is said and counted. */
  void attempt(String name, Runnable body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      failures++;
      System.out.println(name + ": " + e);
    }
  }

  private void record(String name, Runnable issue) {
    run(issue, rounds);
    long calls = Math.max(1, leastNanos / Math.max(1, run(issue, rounds) / rounds));
    double[] seconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      seconds[i] = run(issue, calls) * 1e-9 / calls;
    }
    Arrays.sort(seconds);
    String line = String.format(Locale.ROOT, "%s\t%.9f%n", name, seconds[rounds / 2]);
    System.out.print(line);
    try {
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long run(Runnable issue, long calls) {
    long start = System.nanoTime();
    for (long i = 0; i < calls; i++) {
      issue.run();
    }
    Tenon.waitAll();
    return System.nanoTime() - start;
  }

  int failures() {
    return failures;
  }
}
