package org.tenon.callback;

import java.time.Duration;
import java.util.Optional;
import org.tenon.metric.Metric;
import org.tenon.module.Module;

/**
 * What a training tells after each epoch.
 *
 * @param epoch from 0
 * @param epochs how many the training has
 * @param module as it is now
 * @param train the training metric of the epoch
 * @param evaluation the metric on the evaluation data, if there is any
 * @param time that the epoch's training took, evaluation not counted
 */
public record EpochEnd(
    int epoch,
    int epochs,
    Module module,
    Metric train,
    Optional<Metric> evaluation,
    Duration time) {
  /** Called after each epoch, on the training's thread. */
  @FunctionalInterface
  public interface Callback {
    /** Takes the news. What it throws ends the training. */
    void onEpochEnd(EpochEnd end);
  }
}
