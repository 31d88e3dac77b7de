package org.tenon.gpu.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.tenon.Device;

/**
 * Measures Tenon on gpu(0), for {@code tests/gpu/bench.py} to set beside PyTorch: a line for each
 * measurement, its name and the median of its seconds, with a tab between.
 */
public final class Bench {
  private Bench() {}

  /**
   * Runs.
   *
   * @param args {@code --quick} for sizes that only show that it runs; {@code --tf32} for the
   *     matrix products alone, where TENON_CUDA_TF32 is set; then the file to append to
   */
  public static void main(String[] args) {
    List<String> options = List.of(args).subList(0, args.length - 1);
    Sizes sizes = options.contains("--quick") ? Sizes.QUICK : Sizes.FULL;
    Readings readings = new Readings(sizes, Path.of(args[args.length - 1]));
    Device device = Device.gpu(0);
    List<Consumer<Readings>> all =
        options.contains("--tf32")
            ? List.of(r -> Products.measureTf32(r, sizes, device))
            : List.of(
                r -> Issue.measure(r, device),
                r -> Bandwidth.measure(r, sizes, device),
                r -> Rows.measure(r, sizes, device),
                r -> Products.measure(r, sizes, device),
                r -> LeNetTraining.measure(r, sizes, device),
                r -> ResNetTraining.measure(r, sizes, device),
                r -> Moves.measure(r, sizes, device));
    for (Consumer<Readings> part : all) {
      readings.attempt("part", () -> part.accept(readings));
    }
    if (readings.failures() > 0) {
      throw new IllegalStateException(readings.failures() + " measurements failed");
    }
  }
}
