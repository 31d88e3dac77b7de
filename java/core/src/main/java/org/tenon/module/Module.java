package org.tenon.module;

import java.nio.file.Path;
import java.util.ArrayList;
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
  private final List<String> parameterNames;
  private final List<String> auxiliaryNames;
  private Params pending;
  private DeviceGroup group;
  private List<DataDesc> dataShapes = List.of();
  private List<DataDesc> labelShapes = List.of();
  private List<DataDesc> boundInputs = List.of();
  private boolean forTraining;
  private boolean initialized;
  private Trainer trainer;
  private boolean closed;

  private Module(Symbol symbol, ModuleConfig config) {
    this.symbol = Objects.requireNonNull(symbol, "symbol");
    this.config = config;
    List<String> arguments = symbol.listArguments();
    for (String name : config.dataNames) {
      if (!arguments.contains(name)) {
        throw new IllegalArgumentException(
            "the symbol has no variable '" + name + "' for data; it has " + arguments);
      }
    }
    for (String name : config.fixed) {
      if (!arguments.contains(name)) {
        throw new IllegalArgumentException(
            "the symbol has no parameter '" + name + "' to fix; it has " + arguments);
      }
    }
    parameterNames =
        arguments.stream()
            .filter(name -> !config.dataNames.contains(name) && !config.labelNames.contains(name))
            .toList();
    auxiliaryNames = List.copyOf(symbol.listAuxiliaryStates());
  }

  /** With inputs {@code data} and {@code softmax_label}, on the CPU. */
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
    module.pending =
        NDScope.detached(
            () -> CheckpointFiles.loadParams(CheckpointFiles.paramsFile(prefix, epoch)));
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
    List<String> given = data.stream().map(DataDesc::name).toList();
    if (!given.equals(config.dataNames)) {
      throw new IllegalArgumentException("data is " + given + ", expected " + config.dataNames);
    }
    List<DataDesc> inputs = inputs(data, labels);
    Map<String, GradRequest> requests = new LinkedHashMap<>();
    for (String name : parameterNames) {
      requests.put(
          name, training && !config.fixed.contains(name) ? GradRequest.WRITE : GradRequest.NULL);
    }
    group = new DeviceGroup(symbol, config.devices, inputs, requests);
    dataShapes = List.copyOf(data);
    labelShapes = List.copyOf(labels);
    boundInputs = inputs;
    forTraining = training;
    if (pending != null) {
      Params loaded = pending;
      pending = null;
      try (loaded) {
        setParams(loaded, false);
      }
    }
  }

  private List<DataDesc> inputs(List<DataDesc> data, List<DataDesc> labels) {
    List<String> arguments = symbol.listArguments();
    List<DataDesc> inputs = new ArrayList<>(data);
    labels.stream().filter(label -> arguments.contains(label.name())).forEach(inputs::add);
    return inputs;
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
    Map<String, Map<String, String>> attributes = symbol.attributes();
    for (String name : parameterNames) {
      initOne(
          name,
          given == null ? null : given.arguments().get(name),
          initializer,
          attributes,
          given == null || allowMissing);
    }
    for (String name : auxiliaryNames) {
      initOne(
          name,
          given == null ? null : given.auxiliary().get(name),
          initializer,
          attributes,
          given == null || allowMissing);
    }
    initialized = true;
  }

  private void initOne(
      String name,
      NDArray given,
      Initializer initializer,
      Map<String, Map<String, String>> attributes,
      boolean mayMake) {
    List<NDArray> copies = group.arrays(name);
    NDArray first = copies.get(0);
    if (given != null) {
      requireShape(name, given, first);
      given.copyTo(first);
    } else if (mayMake) {
      String own = attributes.getOrDefault(name, Map.of()).get("__init__");
      if (own == null) {
        initializer.init(name, first);
      } else {
        InitAttribute.parse(name, own).initAsWeight(name, first);
      }
    } else {
      throw new IllegalArgumentException("no value is given for parameter '" + name + "'");
    }
    copies.stream().skip(1).forEach(first::copyTo);
  }

  private static void requireShape(String name, NDArray given, NDArray wanted) {
    if (!given.shape().equals(wanted.shape()) || given.dtype() != wanted.dtype()) {
      throw new IllegalArgumentException(
          "parameter '"
              + name
              + "' is "
              + given.dtype()
              + given.shape()
              + ", expected "
              + wanted.dtype()
              + wanted.shape());
    }
  }

  /** Copies of the parameters, on the CPU; the caller closes them. */
  public Params params() {
    requireReady();
    return new Params(copies(parameterNames), copies(auxiliaryNames));
  }

  private Map<String, NDArray> copies(List<String> names) {
    Map<String, NDArray> copies = new LinkedHashMap<>();
    for (String name : names) {
      NDArray array = group.arrays(name).get(0);
      NDArray copy = NDArray.empty(array.shape(), array.dtype(), org.tenon.Device.cpu());
      array.copyTo(copy);
      copies.put(name, copy);
    }
    return copies;
  }

  /**
   * Takes parameters' values.
   *
   * @param allowMissing keeps what is not given; else that is an error
   * @throws IllegalArgumentException for parameters that the symbol does not have, or of the wrong
   *     shape
   */
  public void setParams(Params params, boolean allowMissing) {
    requireBound();
    setAll(parameterNames, params.arguments(), "parameter", allowMissing);
    setAll(auxiliaryNames, params.auxiliary(), "auxiliary state", allowMissing);
    initialized = true;
  }

  private void setAll(
      List<String> names, Map<String, NDArray> values, String what, boolean allowMissing) {
    for (String given : values.keySet()) {
      if (!names.contains(given)) {
        throw new IllegalArgumentException(
            "the symbol has no " + what + " '" + given + "'; it has " + names);
      }
    }
    for (String name : names) {
      NDArray value = values.get(name);
      if (value != null) {
        for (NDArray copy : group.arrays(name)) {
          requireShape(name, value, copy);
          value.copyTo(copy);
        }
      } else if (!allowMissing) {
        throw new IllegalArgumentException("no value is given for " + what + " '" + name + "'");
      }
    }
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
            1.0 / dataShapes.get(0).batchSize());
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
    if (batch.data().size() != dataShapes.size()) {
      throw new IllegalArgumentException(
          "a batch has " + batch.data().size() + " data arrays, expected " + config.dataNames);
    }
    Map<String, NDArray> given = new LinkedHashMap<>();
    List<DataDesc> data = describe(dataShapes, batch.data(), given);
    List<DataDesc> labels =
        batch.label().isEmpty()
            ? resized(labelShapes, data)
            : describe(labelShapes, batch.label(), given);
    List<DataDesc> inputs = inputs(data, labels);
    if (!inputs.equals(boundInputs)) {
      group.reshape(inputs);
      boundInputs = inputs;
    }
    group.forward(given, training);
  }

  private static List<DataDesc> describe(
      List<DataDesc> bound, List<NDArray> arrays, Map<String, NDArray> given) {
    if (arrays.size() != bound.size()) {
      throw new IllegalArgumentException("a batch has " + arrays.size() + " arrays for " + bound);
    }
    List<DataDesc> described = new ArrayList<>();
    for (int i = 0; i < arrays.size(); i++) {
      DataDesc desc = bound.get(i);
      if (arrays.get(i).shape().rank() == 0) {
        throw new IllegalArgumentException(
            "a batch has a scalar as '" + desc.name() + "', expected rows as " + desc.shape());
      }
      described.add(new DataDesc(desc.name(), arrays.get(i).shape(), desc.dtype()));
      given.put(desc.name(), arrays.get(i));
    }
    return described;
  }

  /** Labels for a batch that came without: of the data's batch size. */
  private static List<DataDesc> resized(List<DataDesc> labels, List<DataDesc> data) {
    return labels.stream()
        .map(
            label ->
                new DataDesc(
                    label.name(), label.shape().with(0, data.get(0).batchSize()), label.dtype()))
        .toList();
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
    requireReady();
    if (trainer == null) {
      throw new IllegalStateException("the module has no optimizer: call initOptimizer");
    }
    trainer.update();
  }

  /**
   * The outputs of the last forward pass, of the whole batch. With one device these are the
   * executor's own arrays, overwritten by the next pass; with several they are joined into new
   * arrays, which the caller closes.
   */
  public List<NDArray> outputs() {
    requireReady();
    return Outputs.join(group);
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
    if (!isBound()) {
      bind(iter.provideData(), iter.provideLabel(), false);
    }
    requireReady();
    iter.reset();
    long index = 0;
    while (iter.hasNext()) {
      try (NDScope scope = NDScope.open();
          DataBatch batch = iter.next()) {
        forward(batch, false);
        use.accept(new Prediction(Outputs.withoutPad(outputs(), batch.pad()), index++, batch));
      }
    }
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
    try (Params params = params()) {
      CheckpointFiles.saveParams(CheckpointFiles.paramsFile(prefix, epoch), params);
    }
  }

  /** Saves the parameters alone. */
  public void saveParams(Path file) {
    try (Params params = params()) {
      CheckpointFiles.saveParams(file, params);
    }
  }

  /** Takes the parameters of a file that {@link #saveParams} or MXNet wrote. */
  public void loadParams(Path file) {
    try (Params params = CheckpointFiles.loadParams(file)) {
      setParams(params, false);
    }
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
