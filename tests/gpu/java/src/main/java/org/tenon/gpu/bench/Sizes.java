package org.tenon.gpu.bench;

import java.util.List;

/**
 * How large things are that are measured. {@code tests/gpu/bench.py} has the same numbers.
 *
 * @param bytes of an array, where memory bounds
 * @param matrices extents of the square matrices that are multiplied
 * @param lenetBatches batches of LeNet's training
 * @param resnetBatch images in a batch of ResNet-50's
 * @param resnetImage height and width of these
 * @param resnetWidth channels behind ResNet's first convolution
 * @param rounds of a measurement, of which the median counts
 * @param leastNanos how long a round takes at least
 */
record Sizes(
    long bytes,
    List<Integer> matrices,
    List<Integer> lenetBatches,
    int resnetBatch,
    int resnetImage,
    int resnetWidth,
    int rounds,
    long leastNanos) {
  static final Sizes FULL =
      new Sizes(
          256L << 20,
          List.of(1024, 2048, 4096, 8192),
          List.of(64, 100),
          256,
          224,
          64,
          5,
          100_000_000L);

  /** For showing that everything runs. */
  static final Sizes QUICK = new Sizes(8 << 10, List.of(16), List.of(4), 2, 16, 2, 1, 0);
}
