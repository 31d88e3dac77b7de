package org.tenon.callback;

import java.util.Locale;
import java.util.function.Consumer;

/**
 * Reports speed and metrics every so many batches, in a line like MXNet's: {@code Epoch[0] Batch
 * [100] Speed: 9876.54 samples/sec accuracy=0.971000}.
 *
 * <p>Serves one training at a time.
 */
public final class Speedometer implements BatchEnd.Callback {
  private static final System.Logger LOG = System.getLogger(Speedometer.class.getName());

  private final long frequency;
  private final Consumer<String> out;
  private long since;

  /**
   * Reports to the log, at level INFO.
   *
   * @param frequency batches between two reports, at least 1
   */
  public Speedometer(long frequency) {
    this(frequency, line -> LOG.log(System.Logger.Level.INFO, line));
  }

  /** Reports to {@code out}. */
  public Speedometer(long frequency, Consumer<String> out) {
    if (frequency < 1) {
      throw new IllegalArgumentException("frequency is " + frequency + ", expected at least 1");
    }
    this.frequency = frequency;
    this.out = out;
  }

  @Override
  public void onBatchEnd(BatchEnd end) {
    long now = System.nanoTime();
    if (end.batch() == 0) {
      since = now;
    } else if (end.batch() % frequency == 0) {
      double seconds = Math.max(now - since, 1) / 1e9;
      since = now;
      out.accept(
          String.format(
              Locale.ROOT,
              "Epoch[%d] Batch [%d] Speed: %.2f samples/sec %s",
              end.epoch(),
              end.batch(),
              frequency * end.batchSize() / seconds,
              end.metric()));
    }
  }
}
