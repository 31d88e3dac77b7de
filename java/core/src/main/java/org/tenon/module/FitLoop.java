package org.tenon.module;

import java.time.Duration;
import java.util.Optional;
import org.tenon.NDScope;
import org.tenon.callback.BatchEnd;
import org.tenon.callback.EpochEnd;
import org.tenon.callback.EpochLog;
import org.tenon.io.DataBatch;
import org.tenon.io.DataIter;
import org.tenon.metric.Metric;

/** The loop of {@link Module#fit}. */
final class FitLoop {
  private static final System.Logger LOG = System.getLogger(Module.class.getName());

  private final EpochLog log = new EpochLog(line -> LOG.log(System.Logger.Level.DEBUG, line));
  private final Module module;
  private final DataIter train;
  private final FitConfig config;

  FitLoop(Module module, DataIter train, FitConfig config) {
    this.module = module;
    this.train = train;
    this.config = config;
  }

  FitResult run() {
    prepare();
    Metric metric = config.metric;
    for (int epoch = config.beginEpoch; epoch < config.epochs; epoch++) {
      metric.reset();
      train.reset();
      long begin = System.nanoTime();
      boolean interrupted = trainEpoch(epoch, metric);
      Duration time = Duration.ofNanos(System.nanoTime() - begin);
      // What was measured in training is shown to callbacks as text and number; evaluation has a
      // metric of its own time.
      Snapshot trained = new Snapshot(metric);
      Optional<Metric> evaluation = Optional.empty();
      if (!interrupted && config.evalData != null) {
        Metric measure = config.validationMetric == null ? metric : config.validationMetric;
        evaluation = Optional.of(new Snapshot(module.score(config.evalData, measure)));
      }
      EpochEnd end = new EpochEnd(epoch, config.epochs, module, trained, evaluation, time);
      log.onEpochEnd(end);
      tellEpochEnd(end, interrupted);
      if (interrupted || Thread.currentThread().isInterrupted()) {
        return new FitResult(interrupted ? epoch : epoch + 1, true);
      }
    }
    return new FitResult(config.epochs, false);
  }

  private void prepare() {
    if (config.epochs <= config.beginEpoch) {
      throw new IllegalArgumentException(
          "fit has nothing to do: epochs is "
              + config.epochs
              + ", beginEpoch "
              + config.beginEpoch);
    }
    if (config.forceRebind || (module.isBound() && !module.isBoundForTraining())) {
      module.unbind();
    }
    if (!module.isBound()) {
      module.bind(train);
    }
    if (config.params != null || !module.isInitialized() || config.forceInit) {
      module.initParams(
          config.initializer,
          config.params,
          config.allowMissing,
          config.forceInit || config.params != null);
    }
    module.initOptimizer(config.optimizer, config.kvstore);
    if (config.optimizerStates != null) {
      module.loadOptimizerStates(config.optimizerStates);
    }
  }

  /** Returns whether the thread was interrupted. */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  private boolean trainEpoch(int epoch, Metric metric) {
    long batches = train.batches();
    long number = 0;
    while (train.hasNext()) {
      try (NDScope scope = NDScope.open();
          DataBatch batch = train.next()) {
        module.forward(batch, true);
        module.backward();
        module.update();
        module.updateMetric(metric, batch.label());
      }
      BatchEnd end = new BatchEnd(epoch, number, batches, train.batchSize(), metric);
      config.batchEnd.forEach(callback -> callback.onBatchEnd(end));
      number++;
      if (Thread.currentThread().isInterrupted()) {
        return true;
      }
    }
    if (number == 0) {
      throw new IllegalArgumentException("the training iterator gave no batch in epoch " + epoch);
    }
    return false;
  }

  /**
   * Calls the callbacks; with the interrupt flag down, so that saving is not disturbed, and up
   * again after.
   */
  private void tellEpochEnd(EpochEnd end, boolean interrupted) {
    boolean flag = Thread.interrupted();
    try {
      config.epochEnd.forEach(callback -> callback.onEpochEnd(end));
    } finally {
      if (flag || interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A metric's value at one moment. */
  private static final class Snapshot extends Metric {
    private final double value;
    private final java.util.List<Metric> parts;

    Snapshot(Metric metric) {
      super(metric.name());
      value = metric.value();
      parts =
          metric.parts().size() == 1 && metric.parts().get(0) == metric
              ? java.util.List.of(this)
              : metric.parts().stream().map(part -> (Metric) new Snapshot(part)).toList();
    }

    @Override
    public double value() {
      return value;
    }

    @Override
    public java.util.List<Metric> parts() {
      return parts;
    }

    @Override
    public void reset() {}

    @Override
    protected void updateOne(org.tenon.NDArray label, org.tenon.NDArray prediction) {
      throw new UnsupportedOperationException("this is a metric's value at one moment");
    }
  }
}
