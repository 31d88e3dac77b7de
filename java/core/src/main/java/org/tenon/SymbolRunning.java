package org.tenon;

import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tenon.internal.ExecutorNatives;
import org.tenon.internal.Given;

/** How a {@link Symbol} is bound to arrays and computed. */
abstract class SymbolRunning extends SymbolArithmetic {
  SymbolRunning(long handle) {
    super(handle);
  }

  /**
   * Binds to arrays on one device.
   *
   * @param device where
   * @param arguments an array for each argument, by name
   * @param gradients arrays for those arguments that want a gradient, by name
   * @param requests what happens to a gradient, by name; {@link GradRequest#WRITE} where nothing is
   *     said
   * @param auxiliary an array for each auxiliary state, by name
   * @return an executor that uses exactly these arrays
   * @throws IllegalArgumentException naming what is missing or has the wrong shape, dtype or device
   */
  public Executor bind(
      Device device,
      Map<String, NDArray> arguments,
      Map<String, NDArray> gradients,
      Map<String, GradRequest> requests,
      Map<String, NDArray> auxiliary) {
    Given.list("arguments", arguments.keySet());
    Given.list("gradients", gradients.keySet());
    Given.list("auxiliary", auxiliary.keySet());
    int[] codes = new int[gradients.size()];
    int at = 0;
    for (String name : gradients.keySet()) {
      codes[at++] = requests.getOrDefault(name, GradRequest.WRITE).code();
    }
    long executor =
        ExecutorNatives.bind(
            self().handle(),
            device.packed(),
            arguments.keySet().toArray(String[]::new),
            handlesOf(arguments.values()),
            gradients.keySet().toArray(String[]::new),
            handlesOf(gradients.values()),
            codes,
            auxiliary.keySet().toArray(String[]::new),
            handlesOf(auxiliary.values()));
    Reference.reachabilityFence(this);
    return new Executor(executor, arguments, gradients, auxiliary);
  }

  /**
   * Binds to arrays on one device, for forward passes alone.
   *
   * @param device where
   * @param arguments an array for each argument, by name
   * @return an executor that uses exactly these arrays
   * @throws IllegalArgumentException naming what is missing or has the wrong shape, dtype or device
   */
  public Executor bind(Device device, Map<String, NDArray> arguments) {
    return bind(device, arguments, Map.of());
  }

  /**
   * Binds to arrays on one device; backward passes overwrite the gradients.
   *
   * @param device where
   * @param arguments an array for each argument, by name
   * @param gradients arrays for those arguments that want a gradient, by name
   * @return an executor that uses exactly these arrays
   * @throws IllegalArgumentException naming what is missing or has the wrong shape, dtype or device
   */
  public Executor bind(
      Device device, Map<String, NDArray> arguments, Map<String, NDArray> gradients) {
    return bind(device, arguments, gradients, Map.of(), Map.of());
  }

  /**
   * Computes the outputs once: binds, runs forward as in prediction and gives up the executor.
   *
   * @param arguments an array for each argument, by name, all on one device
   * @return the outputs, in new arrays
   * @throws IllegalArgumentException naming what is missing or has the wrong shape, dtype or device
   */
  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  public List<NDArray> eval(Map<String, NDArray> arguments) {
    Device device =
        arguments.isEmpty() ? Device.cpu() : arguments.values().iterator().next().device();
    try (NDScope scope = NDScope.open();
        Executor executor = bind(device, arguments)) {
      List<NDArray> outputs = executor.forward(false).stream().map(NDArray::copy).toList();
      scope.keep(outputs);
      return outputs;
    }
  }

  /**
   * Binds to new arrays of zeros, with gradients for all arguments but the inputs, which backward
   * passes overwrite.
   *
   * @param device where
   * @param inputs the shapes of the arguments that are data and labels, by name
   * @return an executor
   * @throws IllegalArgumentException if the shapes clash or do not suffice
   */
  public Executor simpleBind(Device device, Map<String, Shape> inputs) {
    return simpleBind(device, inputs, GradRequest.WRITE);
  }

  /**
   * Binds to new arrays of zeros, with gradients for all arguments but the inputs.
   *
   * @param device where
   * @param inputs the shapes of the arguments that are data and labels, by name
   * @param request what happens to the gradients of the other arguments
   * @return an executor
   * @throws IllegalArgumentException if the shapes clash or do not suffice
   */
  public Executor simpleBind(Device device, Map<String, Shape> inputs, GradRequest request) {
    Symbol.Shapes shapes = self().inferShapes(inputs);
    if (!shapes.complete()) {
      throw new IllegalArgumentException(
          "the shapes " + inputs + " do not suffice to infer all others: " + shapes.arguments());
    }
    Symbol.Types types = self().inferTypes(Map.of());
    return NDScope.detached(
        () -> {
          Map<String, NDArray> gradients = new LinkedHashMap<>();
          for (Map.Entry<String, Shape> argument : shapes.arguments().entrySet()) {
            if (request != GradRequest.NULL && !inputs.containsKey(argument.getKey())) {
              gradients.put(argument.getKey(), zeros(argument, types.arguments(), device));
            }
          }
          Map<String, GradRequest> requests = new LinkedHashMap<>();
          gradients.keySet().forEach(name -> requests.put(name, request));
          return bind(
              device,
              zeros(shapes.arguments(), types.arguments(), device),
              gradients,
              requests,
              zeros(shapes.auxiliary(), types.auxiliary(), device));
        });
  }

  private static Map<String, NDArray> zeros(
      Map<String, Shape> shapes, Map<String, DType> types, Device device) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (Map.Entry<String, Shape> entry : shapes.entrySet()) {
      arrays.put(entry.getKey(), zeros(entry, types, device));
    }
    return arrays;
  }

  private static NDArray zeros(
      Map.Entry<String, Shape> entry, Map<String, DType> types, Device device) {
    DType dtype = types.getOrDefault(entry.getKey(), DType.FLOAT32);
    return NDArray.zeros(entry.getValue(), dtype, device);
  }
}
