package org.tenon.callback;

import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.tenon.metric.Metric;

/**
 * Says of each epoch what MXNet's {@code fit} logs: {@code Epoch[0] Train-accuracy=0.971000},
 * {@code Epoch[0] Time cost=1.234} and, where there is evaluation data, {@code Epoch[0]
 * Validation-accuracy=0.968000}.
 */
public final class EpochLog implements EpochEnd.Callback {
  private final Consumer<String> out;

  /** To standard output. */
  public EpochLog() {
    this(System.out::println);
  }

  /** To {@code out}, line by line. */
  public EpochLog(Consumer<String> out) {
    this.out = Objects.requireNonNull(out, "out");
  }

  @Override
  public void onEpochEnd(EpochEnd end) {
    String epoch = "Epoch[" + end.epoch() + "] ";
    for (Metric metric : end.train().parts()) {
      out.accept(epoch + "Train-" + metric);
    }
    double seconds = end.time().toNanos() / 1e9;
    out.accept(epoch + String.format(Locale.ROOT, "Time cost=%.3f", seconds));
    end.evaluation()
        .ifPresent(
            evaluation ->
                evaluation.parts().forEach(metric -> out.accept(epoch + "Validation-" + metric)));
  }
}
