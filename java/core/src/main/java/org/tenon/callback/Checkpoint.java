package org.tenon.callback;

import java.nio.file.Path;

/**
 * Saves the model every so many epochs: {@code <prefix>-symbol.json} and {@code
 * <prefix>-0001.params} after the first epoch, in MXNet's format.
 */
public final class Checkpoint implements EpochEnd.Callback {
  private final Path prefix;
  private final int period;
  private final boolean optimizerStates;

  /** After each epoch. */
  public Checkpoint(Path prefix) {
    this(prefix, 1);
  }

  /**
   * After each {@code period} epochs.
   *
   * @param period at least 1
   */
  public Checkpoint(Path prefix, int period) {
    this(prefix, period, false);
  }

  /**
   * After each {@code period} epochs, if wanted with {@code <prefix>-0001.states}, what the
   * optimizer keeps.
   *
   * @param period at least 1
   */
  public Checkpoint(Path prefix, int period, boolean optimizerStates) {
    if (period < 1) {
      throw new IllegalArgumentException("period is " + period + ", expected at least 1");
    }
    this.prefix = prefix;
    this.period = period;
    this.optimizerStates = optimizerStates;
  }

  @Override
  public void onEpochEnd(EpochEnd end) {
    if ((end.epoch() + 1) % period == 0) {
      end.module().saveCheckpoint(prefix, end.epoch() + 1, optimizerStates);
    }
  }
}
