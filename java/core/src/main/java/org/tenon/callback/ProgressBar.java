package org.tenon.callback;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.tenon.metric.Metric;

/**
 * Shows how far an epoch is: a bar with metrics, examples per second and the time that is left.
 *
 * <p>On a terminal the bar is redrawn in place, at most ten times a second. Elsewhere (a file, a
 * pipe) it prints plain lines without control characters, one for about each tenth of an epoch.
 * Where the iterator cannot tell its length, the bar counts batches. Serves one training at a time.
 */
public final class ProgressBar implements BatchEnd.Callback {
  private static final int WIDTH = 24;
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier clock;
  private long start;
  private long drawn;
  private int drawnLength;
  private long nextTenth;

  /** On standard output. */
  public ProgressBar() {
    this(System.out, System.console() != null);
  }

  /**
   * On a stream.
   *
   * @param terminal whether the bar may be redrawn in place
   */
  public ProgressBar(PrintStream out, boolean terminal) {
    this(out, terminal, System::nanoTime);
  }

  ProgressBar(PrintStream out, boolean terminal, LongSupplier clock) {
    this.out = Objects.requireNonNull(out, "out");
    this.terminal = terminal;
    this.clock = clock;
  }

  @Override
  public void onBatchEnd(BatchEnd end) {
    long now = clock.getAsLong();
    long done = end.batch() + 1;
    if (end.batch() == 0) {
      // The first batch's own time is not known; from here on there are done - 1 batches per
      // elapsed time.
      start = now;
      drawn = now - REDRAW_NANOS;
      drawnLength = 0;
      nextTenth = 1;
    }
    boolean last = done == end.batches();
    if (terminal) {
      if (last || now - drawn >= REDRAW_NANOS) {
        drawn = now;
        String line = line(end, done, now);
        out.print(
            '\r'
                + line
                + " ".repeat(Math.max(0, drawnLength - line.length()))
                + (last ? "\n" : ""));
        out.flush();
        drawnLength = line.length();
      }
    } else if (last
        || (end.batches() > 0 ? done * 10 >= nextTenth * end.batches() : done % 100 == 0)) {
      nextTenth = end.batches() > 0 ? done * 10 / end.batches() + 1 : nextTenth;
      out.println(line(end, done, now));
    }
  }

  private String line(BatchEnd end, long done, long now) {
    StringBuilder line = new StringBuilder("epoch ").append(end.epoch() + 1).append(' ');
    double perBatch = done > 1 ? (now - start) / 1e9 / (done - 1) : Double.NaN;
    if (end.batches() > 0) {
      int filled = (int) Math.min(WIDTH, WIDTH * done / end.batches());
      line.append('[').append("=".repeat(filled)).append(" ".repeat(WIDTH - filled)).append("] ");
      line.append(String.format(Locale.ROOT, "%3d%% ", 100 * done / end.batches()));
    }
    line.append("batch ").append(done);
    if (end.batches() > 0) {
      line.append('/').append(end.batches());
    }
    for (Metric metric : end.metric().parts()) {
      line.append(String.format(Locale.ROOT, "  %s %.4f", metric.name(), metric.value()));
    }
    if (!Double.isNaN(perBatch) && perBatch > 0) {
      line.append(String.format(Locale.ROOT, "  %,.0f images/s", end.batchSize() / perBatch));
      if (end.batches() > 0) {
        line.append("  ").append(clockTime((end.batches() - done) * perBatch)).append(" left");
      }
    }
    return line.toString();
  }

  private static String clockTime(double seconds) {
    long whole = (long) Math.ceil(seconds);
    return whole >= 3600
        ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
  }
}
