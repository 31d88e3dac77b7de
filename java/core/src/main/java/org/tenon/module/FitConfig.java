package org.tenon.module;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tenon.callback.BatchEnd;
import org.tenon.callback.EpochEnd;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataIter;
import org.tenon.metric.Accuracy;
import org.tenon.metric.CompositeMetric;
import org.tenon.metric.Metric;
import org.tenon.optimizer.Optimizer;
import org.tenon.optimizer.Sgd;

/** What {@link Module#fit} may be told. Everything has MXNet's default. */
public final class FitConfig {
  DataIter evalData;
  Metric metric = new Accuracy();
  Metric validationMetric;
  Optimizer optimizer = Sgd.of(0.01);
  Initializer initializer = Initializer.uniform(0.01);
  Params params;
  boolean allowMissing;
  boolean forceInit;
  boolean forceRebind;
  String kvstore = "local";
  Path optimizerStates;
  int beginEpoch;
  int epochs = 1;
  final List<BatchEnd.Callback> batchEnd = new ArrayList<>();
  final List<EpochEnd.Callback> epochEnd = new ArrayList<>();

  FitConfig() {}

  /** Data for the metric after each epoch. */
  public FitConfig evalData(DataIter iter) {
    evalData = Objects.requireNonNull(iter, "iter");
    return this;
  }

  /** What to measure; accuracy by default. */
  public FitConfig metric(Metric measure) {
    metric = Objects.requireNonNull(measure, "measure");
    return this;
  }

  /**
   * What to measure, by MXNet's names as {@link Metric#create} takes them: {@code metric("acc",
   * "ce")}.
   */
  public FitConfig metric(String... names) {
    return metric(
        names.length == 1
            ? Metric.create(names[0])
            : new CompositeMetric(Arrays.stream(names).map(Metric::create).toList()));
  }

  /** What to measure on the evaluation data; by default what is measured in training. */
  public FitConfig validationMetric(Metric measure) {
    validationMetric = Objects.requireNonNull(measure, "measure");
    return this;
  }

  /** How to train; SGD with learning rate 0.01 by default. */
  public FitConfig optimizer(Optimizer how) {
    optimizer = Objects.requireNonNull(how, "how");
    return this;
  }

  /** How parameters begin; uniform(0.01) by default. */
  public FitConfig initializer(Initializer how) {
    initializer = Objects.requireNonNull(how, "how");
    return this;
  }

  /** Parameters to begin with, instead of the initializer's. */
  public FitConfig params(Params begin) {
    params = Objects.requireNonNull(begin, "begin");
    return this;
  }

  /** Lets the initializer make the parameters that {@link #params} lacks. */
  public FitConfig allowMissing(boolean allow) {
    allowMissing = allow;
    return this;
  }

  /** Begins with new parameters even if the module has some. */
  public FitConfig forceInit(boolean force) {
    forceInit = force;
    return this;
  }

  /** Binds again even if the module is bound. */
  public FitConfig forceRebind(boolean force) {
    forceRebind = force;
    return this;
  }

  /** How devices share gradients; {@code local} by default. */
  public FitConfig kvstore(String type) {
    kvstore = Objects.requireNonNull(type, "type");
    return this;
  }

  /**
   * What the optimizer kept when an earlier training stopped: a file of {@link
   * Module#saveOptimizerStates}.
   */
  public FitConfig optimizerStates(Path file) {
    optimizerStates = Objects.requireNonNull(file, "file");
    return this;
  }

  /** Number of the first epoch, for trainings that go on; 0 by default. */
  public FitConfig beginEpoch(int epoch) {
    beginEpoch = atLeast(0, epoch, "beginEpoch");
    return this;
  }

  /** Number of the epoch at which to stop, not included; 1 by default. */
  public FitConfig epochs(int count) {
    epochs = atLeast(1, count, "epochs");
    return this;
  }

  /** Adds what is called after each batch. */
  public FitConfig onBatchEnd(BatchEnd.Callback callback) {
    batchEnd.add(Objects.requireNonNull(callback, "callback"));
    return this;
  }

  /** Adds what is called after each epoch. */
  public FitConfig onEpochEnd(EpochEnd.Callback callback) {
    epochEnd.add(Objects.requireNonNull(callback, "callback"));
    return this;
  }

  private static int atLeast(int least, int value, String what) {
    if (value < least) {
      throw new IllegalArgumentException(what + " is " + value + ", expected at least " + least);
    }
    return value;
  }
}
