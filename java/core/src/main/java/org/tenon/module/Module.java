package org.tenon.module;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.tenon.Executor;
import org.tenon.GradRequest;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Symbol;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.io.DataIter;
import org.tenon.metric.Metric;
import org.tenon.optimizer.Optimizer;

/**
 * A symbol with parameters, trained and used: MXNet's Module.
 *
 * <pre>{@code
 * try (Module module = Module.of(net)) {
 *   module.fit(train, f -> f.evalData(test).optimizer(Sgd.of(0.1)).epochs(5));
 *   module.saveCheckpoint(Path.of("lenet"), 5);
 * }
 * }</pre>
 *
 * <p>{@link #fit} does everything; the steps it takes are there as well: {@link #bind}, {@link
 * #initParams}, {@link #initOptimizer}, then {@link #forward}, {@link #backward}, {@link #update}
 * for each batch. With several devices, each gets a part of every batch, and gradients are summed.
 * A module owns the arrays of its parameters, gradients and outputs and frees them on {@link
 * #close}. One thread uses a module at a time.
 */
public final class Module implements AutoCloseable {
  private final Symbol symbol;
  private final ModuleConfig config;
  private final Inputs inputs;
  private final List<String> parameterNames;
  private final List<String> auxiliaryNames;
  private Params pending;
  private DeviceGroup group;
  private ParameterValues values;
  private List<DataDesc> boundInputs = List.of();
  private boolean forTraining;
  private boolean initialized;
  private Trainer trainer;
  private boolean closed;

  private Module(Symbol symbol, ModuleConfig config) {
    this.symbol = Objects.requireNonNull(symbol, "symbol");
    this.config = config;
    inputs = new Inputs(symbol, config);
    List<String> arguments = symbol.listArguments();
    for (String name : config.fixed) {
      if (!arguments.contains(name)) {
        throw new IllegalArgumentException(
            "the symbol has no parameter '" + name + "' to fix; it has " + arguments);
      }
    }
    parameterNames = arguments.stream().filter(name -> !inputs.contains(name)).toList();
    auxiliaryNames = List.copyOf(symbol.listAuxiliaryStates());
  }

  /** With the input {@code data} and the symbol's labels, on the CPU. */
  public static Module of(Symbol symbol) {
    return new Module(symbol, new ModuleConfig());
  }

  /** As {@code configure} says: {@code Module.of(net, m -> m.devices(Device.gpu(0)))}. */
  public static Module of(Symbol symbol, UnaryOperator<ModuleConfig> configure) {
    return new Module(symbol, configure.apply(new ModuleConfig()));
  }

  /** From a checkpoint: {@code <prefix>-symbol.json} and {@code <prefix>-0005.params}. */
  public static Module load(Path prefix, int epoch) {
    return load(prefix, epoch, UnaryOperator.identity());
  }

  /** From a checkpoint, configured. */
  public static Module load(Path prefix, int epoch, UnaryOperator<ModuleConfig> configure) {
    Module module = of(CheckpointFiles.loadSymbol(prefix), configure);
    module.pending = NDScope.detached(() -> Params.load(prefix, epoch));
    return module;
  }

  /** The symbol. */
  public Symbol symbol() {
    return symbol;
  }

  /** Names of the parameters, in the symbol's order. */
  public List<String> parameterNames() {
    return parameterNames;
  }

  /** Whether {@link #bind} was called. */
  public boolean isBound() {
    return group != null;
  }

  /** Binds for training to what an iterator gives. */
  public void bind(DataIter iter) {
    bind(iter.provideData(), iter.provideLabel(), true);
  }

  /**
   * Makes executors for these shapes.
   *
   * @param labels may be empty: then losses cannot be computed
   * @param training whether gradients are wanted
   */
  public void bind(List<DataDesc> data, List<DataDesc> labels, boolean training) {
    requireOpen();
    if (isBound()) {
      throw new IllegalStateException("the module is bound; use reshape for other shapes");
    }
    List<DataDesc> used = inputs.set(data, labels);
    Map<String, GradRequest> requests = new LinkedHashMap<>();
    for (String name : parameterNames) {
      requests.put(
          name, training && !config.fixed.contains(name) ? GradRequest.WRITE : GradRequest.NULL);
    }
    if (training && config.inputsNeedGrad) {
      config.dataNames.forEach(name -> requests.put(name, GradRequest.WRITE));
    }
    group = new DeviceGroup(symbol, config.devices, used, requests);
    values = new ParameterValues(symbol, group, parameterNames, auxiliaryNames);
    boundInputs = used;
    forTraining = training;
    if (pending != null) {
      Params loaded = pending;
      pending = null;
      try (loaded) {
        setParams(loaded, false);
      }
    }
  }

  /**
   * Makes executors for batches of other shapes; parameters keep their values. {@link #forward}
   * does the same by itself where the batches of one iterator differ.
   *
   * @param labels may be empty: then losses cannot be computed
   */
  public void reshape(List<DataDesc> data, List<DataDesc> labels) {
    requireBound();
    List<DataDesc> used = inputs.set(data, labels);
    group.reshape(used);
    boundInputs = used;
  }

  /** Names of the variables that take data. */
  public List<String> dataNames() {
    return inputs.dataNames();
  }

  /** Names of the variables that take labels. */
  public List<String> labelNames() {
    return inputs.labelNames();
  }

  /** Names of the outputs, such as {@code softmax_output}. */
  public List<String> outputNames() {
    return symbol.listOutputs();
  }

  /** What {@link #bind} or {@link #reshape} was told of the data; empty before. */
  public List<DataDesc> dataShapes() {
    return inputs.data();
  }

  /** What {@link #bind} or {@link #reshape} was told of the labels; empty before. */
  public List<DataDesc> labelShapes() {
    return inputs.labels();
  }

  /** Gives parameters MXNet's default beginning, uniform in [-0.01, 0.01). */
  public void initParams() {
    initParams(Initializer.uniform(0.01));
  }

  /** Gives parameters their first values; does nothing if they have some. */
  public void initParams(Initializer initializer) {
    initParams(initializer, null, false, false);
  }

  /**
   * Gives parameters their first values.
   *
   * @param force does so even if they have values
   */
  public void initParams(Initializer initializer, boolean force) {
    initParams(initializer, null, false, force);
  }

  /**
   * Gives parameters their first values.
   *
   * @param given values by name, or null
   * @param allowMissing lets the initializer make what {@code given} lacks; else that is an error
   * @param force does so even if they have values
   */
  public void initParams(
      Initializer initializer, Params given, boolean allowMissing, boolean force) {
    requireBound();
    if (initialized && !force) {
      return;
    }
    values.init(initializer, given, allowMissing);
    initialized = true;
  }

  /** Copies of the parameters, on the CPU; the caller closes them. */
  public Params params() {
    requireReady();
    return values.copy();
  }

  /**
   * Takes parameters' values, of which none may be missing and none too many.
   *
   * @throws IllegalArgumentException if that is not so, or a shape is wrong
   */
  public void setParams(Params params) {
    setParams(params, false);
  }

  /**
   * Takes parameters' values.
   *
   * @param allowMissing keeps what is not given; else that is an error
   * @throws IllegalArgumentException for parameters that the symbol does not have, or of the wrong
   *     shape
   */
  public void setParams(Params params, boolean allowMissing) {
    setParams(params, allowMissing, false);
  }

  /**
   * Takes parameters' values.
   *
   * @param allowMissing keeps what is not given; else that is an error
   * @param allowExtra passes over what the symbol does not have; else that is an error
   * @throws IllegalArgumentException if a shape is wrong
   */
  public void setParams(Params params, boolean allowMissing, boolean allowExtra) {
    requireBound();
    values.set(params, allowMissing, allowExtra);
    initialized = true;
  }

  /** Makes the optimizer's states; gradients are rescaled by one over the batch size. */
  public void initOptimizer(Optimizer optimizer) {
    initOptimizer(optimizer, "local");
  }

  /** With a KVStore of that type between several devices. Replaces an optimizer that is there. */
  public void initOptimizer(Optimizer optimizer, String kvstore) {
    requireReady();
    if (!forTraining) {
      throw new IllegalStateException("the module is bound for inference: bind it for training");
    }
    closeTrainer();
    List<String> trained =
        parameterNames.stream().filter(name -> !config.fixed.contains(name)).toList();
    trainer =
        new Trainer(
            optimizer,
            kvstore,
            group,
            trained,
            symbol.attributes(),
            1.0 / inputs.data().get(0).batchSize());
  }

  /** Pushes the forward pass; training as the module was bound. */
  public void forward(DataBatch batch) {
    forward(batch, forTraining);
  }

  /**
   * Pushes the forward pass. Batches of another size, the last one of an epoch say, rebuild
   * nothing.
   *
   * @param training whether layers behave as in training
   */
  public void forward(DataBatch batch, boolean training) {
    requireReady();
    Map<String, NDArray> given = new LinkedHashMap<>();
    List<DataDesc> used = inputs.of(batch, given);
    if (!used.equals(boundInputs)) {
      group.reshape(used);
      boundInputs = used;
    }
    group.forward(given, training);
  }

  /** Pushes the backward pass of a symbol whose outputs are losses. */
  public void backward() {
    requireReady();
    group.backward(List.of());
  }

  /** Pushes the backward pass from these gradients of the outputs, each of the whole batch. */
  public void backward(List<NDArray> outputGradients) {
    requireReady();
    group.backward(outputGradients);
  }

  /** Lets the optimizer change the parameters by the gradients. */
  public void update() {
    requireTrainer().update();
  }

  /**
   * The outputs of the last forward pass, of the whole batch. With one device these are the
   * executor's own arrays, overwritten by the next pass; with several they are joined into new
   * arrays, which the caller closes.
   */
  public List<NDArray> outputs() {
    requireReady();
    return Outputs.join(group.outputs());
  }

  /**
   * The gradients of the data by the last backward pass, of the whole batch, in the order of {@link
   * #dataNames}. As with {@link #outputs}, those of one device are the executor's own.
   *
   * @throws IllegalStateException if the module was not made with {@link
   *     ModuleConfig#inputsNeedGrad}, or is bound for inference
   */
  public List<NDArray> inputGradients() {
    requireReady();
    if (!config.inputsNeedGrad || !forTraining) {
      throw new IllegalStateException(
          "the module computes no gradients of its data: make it with inputsNeedGrad(true), and"
              + " bind it for training");
    }
    return Outputs.join(inputs.dataNames().stream().map(group::gradients).toList());
  }

  /** Updates a metric by the last forward pass. */
  public void updateMetric(Metric metric, List<NDArray> labels) {
    requireReady();
    Outputs.measure(group, metric, labels);
  }

  /**
   * Trains: binds, initialises and loops over epochs and batches, as far as that is not done yet.
   *
   * <p>When the thread is interrupted the training stops after the batch at hand, tells the epoch
   * callbacks (so that checkpoints are saved) and returns, with the thread's flag still set.
   *
   * @param train reset before each epoch
   */
  public FitResult fit(DataIter train, UnaryOperator<FitConfig> configure) {
    return new FitLoop(this, train, configure.apply(new FitConfig())).run();
  }

  /**
   * A metric's value over an iterator's examples, filled-up ones left out. The iterator is reset
   * first.
   */
  public Metric score(DataIter iter, Metric metric) {
    metric.reset();
    forEachPrediction(
        iter,
        prediction -> {
          DataBatch batch = prediction.batch();
          metric.update(Outputs.withoutPad(batch.label(), batch.pad()), prediction.outputs());
        });
    return metric;
  }

  /**
   * Calls {@code use} with the outputs for each batch. The iterator is reset first. Arrays that
   * {@code use} makes are closed after it, unless they are made detached.
   */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  public void forEachPrediction(DataIter iter, Consumer<Prediction> use) {
    Iterator<Prediction> predictions = iterPredict(iter).iterator();
    while (predictions.hasNext()) {
      try (NDScope scope = NDScope.open()) {
        use.accept(predictions.next());
      }
    }
  }

  /**
   * The outputs batch by batch, computed as they are asked for; those of a batch, and the batch,
   * are closed when the next one is asked for. The iterator is reset first.
   *
   * <pre>{@code
   * for (Prediction prediction : module.iterPredict(iter)) {
   *   int[] classes = prediction.outputs().get(0).argmax(1).toIntArray();
   * }
   * }</pre>
   */
  public Iterable<Prediction> iterPredict(DataIter iter) {
    if (!isBound()) {
      bind(iter.provideData(), iter.provideLabel(), false);
    }
    requireReady();
    return () -> {
      iter.reset();
      return new Predictions(this, iter);
    };
  }

  /** All examples' outputs, joined; the caller closes them. The iterator is reset first. */
  public List<NDArray> predict(DataIter iter) {
    List<List<NDArray>> batches = new ArrayList<>();
    forEachPrediction(
        iter,
        prediction ->
            batches.add(
                NDScope.detached(() -> prediction.outputs().stream().map(NDArray::copy).toList())));
    return Outputs.concatenate(batches);
  }

  /** One batch's outputs, in arrays of their own; the caller closes them. */
  public List<NDArray> predict(DataBatch batch) {
    forward(batch, false);
    try (NDScope scope = NDScope.open()) {
      List<NDArray> copies =
          Outputs.withoutPad(outputs(), batch.pad()).stream().map(NDArray::copy).toList();
      scope.keep(copies);
      return copies;
    }
  }

  /**
   * Saves {@code <prefix>-symbol.json} and {@code <prefix>-<epoch>.params}, each whole or not at
   * all.
   */
  public void saveCheckpoint(Path prefix, int epoch) {
    symbol.save(CheckpointFiles.symbolFile(prefix));
    saveParams(CheckpointFiles.paramsFile(prefix, epoch));
  }

  /** Saves the parameters alone. */
  public void saveParams(Path file) {
    try (Params params = params()) {
      params.save(file);
    }
  }

  /** Takes the parameters of a file that {@link #saveParams} or MXNet wrote. */
  public void loadParams(Path file) {
    try (Params params = Params.load(file)) {
      setParams(params, false);
    }
  }

  /**
   * Saves a checkpoint and, if wanted, {@code <prefix>-<epoch>.states}: what the optimizer keeps,
   * for {@link #loadOptimizerStates}.
   */
  public void saveCheckpoint(Path prefix, int epoch, boolean withOptimizerStates) {
    saveCheckpoint(prefix, epoch);
    if (withOptimizerStates) {
      saveOptimizerStates(CheckpointFiles.statesFile(prefix, epoch));
    }
  }

  /**
   * Saves what the optimizer keeps (momentum, counts of updates), in a {@code .params} file.
   *
   * @throws IllegalStateException if there is no optimizer
   */
  public void saveOptimizerStates(Path file) {
    requireTrainer().saveStates(file);
  }

  /**
   * Takes what {@link #saveOptimizerStates} saved, so that a training goes on as if it had not
   * stopped. {@link FitConfig#optimizerStates} does so for {@link #fit}.
   *
   * @throws IllegalArgumentException if the file is of another network or kind of optimizer
   * @throws IllegalStateException if there is no optimizer
   */
  public void loadOptimizerStates(Path file) {
    requireTrainer().loadStates(file);
  }

  private Trainer requireTrainer() {
    requireReady();
    if (trainer == null) {
      throw new IllegalStateException("the module has no optimizer: call initOptimizer");
    }
    return trainer;
  }

  /** The learning rate of the next update, if there is an optimizer. */
  public OptionalDouble learningRate() {
    return trainer == null ? OptionalDouble.empty() : OptionalDouble.of(trainer.currentRate());
  }

  /**
   * What the plans of the batch shape at hand take of memory, and would take if buffers were not
   * used in turn.
   */
  public Executor.MemoryReport memoryReport() {
    requireBound();
    return group.memoryReport();
  }

  int deviceCount() {
    return config.devices.size();
  }

  boolean isInitialized() {
    return initialized;
  }

  boolean hasOptimizer() {
    return trainer != null;
  }

  boolean isBoundForTraining() {
    return isBound() && forTraining;
  }

  /** Gives the executors back; parameters are kept for the next bind. */
  void unbind() {
    if (!isBound()) {
      return;
    }
    if (initialized) {
      pending = NDScope.detached(this::params);
    }
    closeTrainer();
    group.close();
    group = null;
    initialized = false;
  }

  private void closeTrainer() {
    if (trainer != null) {
      trainer.close();
      trainer = null;
    }
  }

  /** Frees everything. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    closeTrainer();
    if (group != null) {
      group.close();
    }
    if (pending != null) {
      pending.close();
    }
  }

  /** The symbol, its inputs and where they are computed. */
  @Override
  public String toString() {
    return "Module["
        + (closed ? "closed" : symbol + ", data=" + dataNames() + ", labels=" + labelNames())
        + ", devices="
        + config.devices
        + "]";
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the module is closed");
    }
  }

  private void requireBound() {
    requireOpen();
    if (!isBound()) {
      throw new IllegalStateException("the module is not bound: call bind");
    }
  }

  private void requireReady() {
    requireBound();
    if (!initialized) {
      throw new IllegalStateException("the module's parameters have no values: call initParams");
    }
  }
}
