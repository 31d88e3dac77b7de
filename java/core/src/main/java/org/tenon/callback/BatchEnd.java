package org.tenon.callback;

import org.tenon.metric.Metric;

/**
 * What a training tells after each batch.
 *
 * @param epoch from 0
 * @param batch from 0 in each epoch
 * @param batches how many the epoch has; -1 where the iterator cannot tell
 * @param batchSize examples in a batch
 * @param metric of this epoch so far; reading it costs nothing
 */
public record BatchEnd(int epoch, long batch, long batches, long batchSize, Metric metric) {
  /** Called after each batch, on the training's thread. */
  @FunctionalInterface
  public interface Callback {
    /** Takes the news. What it throws ends the training. */
    void onBatchEnd(BatchEnd end);
  }
}
