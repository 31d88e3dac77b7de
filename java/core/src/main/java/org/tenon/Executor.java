package org.tenon;

import java.lang.ref.Reference;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.tenon.internal.Collector;
import org.tenon.internal.ExecutorNatives;
import org.tenon.internal.NativeObject;

/**
 * A symbol bound to arrays: forward and backward passes over a plan prepared once.
 *
 * <p>Passes are pushed and return at once. The bound arrays belong to whoever made them. One
 * executor is used by one thread at a time; executors that share arrays may run at once. It owns
 * one reference to native memory, freed by {@link #close()} or by the garbage collector.
 */
@SuppressWarnings("exports") // The base class is internal on purpose.
public final class Executor extends NativeObject {
  private final Map<String, NDArray> arguments;
  private final Map<String, NDArray> gradients;
  private final Map<String, NDArray> auxiliary;
  private List<NDArray> outputs;

  Executor(
      long handle,
      Map<String, NDArray> arguments,
      Map<String, NDArray> gradients,
      Map<String, NDArray> auxiliary) {
    super(Collector.checked(handle));
    watch();
    this.arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    this.gradients = Collections.unmodifiableMap(new LinkedHashMap<>(gradients));
    this.auxiliary = Collections.unmodifiableMap(new LinkedHashMap<>(auxiliary));
  }

  /**
   * The bound arguments.
   *
   * @return by name
   */
  public Map<String, NDArray> arguments() {
    return arguments;
  }

  /**
   * The bound gradients.
   *
   * @return by argument's name
   */
  public Map<String, NDArray> gradients() {
    return gradients;
  }

  /**
   * The bound auxiliary states.
   *
   * @return by name
   */
  public Map<String, NDArray> auxiliary() {
    return auxiliary;
  }

  /**
   * Pushes the forward pass.
   *
   * @param training whether operators behave as in training; needed if {@link #backward} follows
   * @return the outputs: the same arrays each time, which this executor owns
   */
  public List<NDArray> forward(boolean training) {
    ExecutorNatives.forward(handle, training);
    Reference.reachabilityFence(this);
    return outputs();
  }

  /**
   * Copies inputs in and pushes the forward pass.
   *
   * @param training whether operators behave as in training; needed if {@link #backward} follows
   * @param inputs values of some arguments, by name
   * @return the outputs: the same arrays each time, which this executor owns
   * @throws IllegalArgumentException if there is no such argument, or the shape or dtype differs
   */
  public List<NDArray> forward(boolean training, Map<String, NDArray> inputs) {
    copyInto(arguments, inputs, "argument", false);
    return forward(training);
  }

  /**
   * Copies parameters' values into the bound arrays: MXNet's {@code copy_params_from}.
   *
   * @param newArguments by name
   * @param newAuxiliary by name
   * @param allowExtra passes over names that the symbol does not have
   * @throws IllegalArgumentException for such a name, or if the shape or dtype differs
   */
  public void copyParams(
      Map<String, NDArray> newArguments, Map<String, NDArray> newAuxiliary, boolean allowExtra) {
    copyInto(arguments, newArguments, "argument", allowExtra);
    copyInto(auxiliary, newAuxiliary, "auxiliary state", allowExtra);
  }

  private static void copyInto(
      Map<String, NDArray> bound, Map<String, NDArray> values, String what, boolean allowExtra) {
    values.forEach(
        (name, value) -> {
          NDArray to = bound.get(name);
          if (to == null && allowExtra) {
            return;
          }
          if (to == null) {
            throw new IllegalArgumentException(
                "the symbol has no " + what + " '" + name + "'; it has " + bound.keySet());
          }
          if (!to.shape().equals(value.shape())) {
            throw new IllegalArgumentException(
                what + " '" + name + "' has shape " + value.shape() + ", expected " + to.shape());
          }
          value.copyTo(to);
        });
  }

  /**
   * Pushes the backward pass of the last {@code forward(true)}.
   *
   * @param headGradients gradients of the outputs; none for ones, which loss layers ignore
   * @throws IllegalStateException without a {@code forward(true)} before
   */
  public void backward(NDArray... headGradients) {
    for (NDArray gradient : headGradients) {
      Objects.requireNonNull(gradient, "a head gradient is null");
    }
    List<NDArray> heads = List.of(headGradients);
    ExecutorNatives.backward(handle, handlesOf(heads));
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(heads);
  }

  /**
   * The outputs.
   *
   * @return the same arrays each time, which this executor owns
   */
  public synchronized List<NDArray> outputs() {
    if (outputs == null) {
      outputs = NDScope.detached(() -> OpCalls.wrap(ExecutorNatives.outputs(handle)));
      Reference.reachabilityFence(this);
    }
    return outputs;
  }

  /**
   * An executor for other input shapes which shares parameters and their gradients with this one.
   *
   * @param shapes of inputs that change, by name
   * @return a new executor, whose arguments of those names are new arrays
   */
  public Executor reshape(Map<String, Shape> shapes) {
    long[][] dims = new long[shapes.size()][];
    int at = 0;
    for (Shape shape : shapes.values()) {
      dims[at++] = shape.dims();
    }
    String[] names = shapes.keySet().toArray(new String[0]);
    long reshaped = ExecutorNatives.reshape(handle, names, dims);
    Reference.reachabilityFence(this);
    return new Executor(
        reshaped,
        rebound(reshaped, 0, arguments),
        rebound(reshaped, 1, gradients),
        rebound(reshaped, 2, auxiliary));
  }

  /** The arrays of a reshaped executor: ours where they are the same, new ones where not. */
  private static Map<String, NDArray> rebound(long reshaped, int role, Map<String, NDArray> ours) {
    String[] names = ours.keySet().toArray(new String[0]);
    List<NDArray> theirs =
        NDScope.detached(() -> OpCalls.wrap(ExecutorNatives.arrays(reshaped, role, names)));
    Map<String, NDArray> all = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      NDArray mine = ours.get(names[i]);
      NDArray bound = theirs.get(i);
      if (bound.shape().equals(mine.shape())) {
        bound.close();
        bound = mine;
      }
      all.put(names[i], bound);
    }
    return all;
  }

  /**
   * Watches operators' outputs after each forward pass, on the thread that calls it. Slow.
   *
   * @param monitor takes each output's name and value; the value is closed afterwards
   */
  public void setMonitor(BiConsumer<String, NDArray> monitor) {
    ExecutorNatives.setMonitor(
        handle,
        (name, array) -> {
          try (NDArray value = NDScope.detached(() -> NDArray.wrap(array))) {
            monitor.accept(name, value);
          }
        });
    Reference.reachabilityFence(this);
  }

  /** Stops watching. */
  public void clearMonitor() {
    ExecutorNatives.setMonitor(handle, null);
    Reference.reachabilityFence(this);
  }

  /**
   * Memory that the plan needs for what lies between inputs and outputs.
   *
   * @param sharedBytes with buffers used in turn, as they are
   * @param unsharedBytes if every value had its own
   */
  public record MemoryReport(long sharedBytes, long unsharedBytes) {}

  /**
   * What the plan needs.
   *
   * @return bytes with and without sharing
   */
  public MemoryReport memoryReport() {
    long[] bytes = ExecutorNatives.memoryReport(handle);
    Reference.reachabilityFence(this);
    return new MemoryReport(bytes[0], bytes[1]);
  }

  /** Frees the plan and its memory once passes that run have ended, and the outputs. */
  @Override
  public void close() {
    synchronized (this) {
      if (outputs != null) {
        outputs.forEach(NDArray::close);
      }
    }
    super.close();
  }
}
