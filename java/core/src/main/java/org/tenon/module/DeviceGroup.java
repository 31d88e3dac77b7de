package org.tenon.module;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.Executor;
import org.tenon.GradRequest;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Shape;
import org.tenon.Symbol;
import org.tenon.io.DataDesc;

/**
 * One executor per device, each with its part of the batch. Owns the arrays that the executors are
 * bound to.
 *
 * <p>For each batch shape that comes up there is one executor; all of a device share parameters and
 * gradients, so going back and forth between shapes (the last batch of an epoch, evaluation) binds
 * nothing again.
 */
final class DeviceGroup implements AutoCloseable {
  /** More different batch shapes than this, and the one not used for longest is given up. */
  private static final int MAX_SHAPES = 16;

  private final Symbol symbol;
  private final List<Device> devices;
  private final Map<String, GradRequest> requests;
  private final List<Part> parts = new ArrayList<>();

  /** What lives on one device. */
  private static final class Part {
    final Device device;
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    final Map<String, NDArray> gradients = new LinkedHashMap<>();
    final Map<String, NDArray> auxiliary = new LinkedHashMap<>();
    final LinkedHashMap<List<DataDesc>, Bound> bound = new LinkedHashMap<>(4, 0.75f, true);
    Bound current;

    Part(Device device) {
      this.device = device;
    }
  }

  /**
   * An executor with the arrays of its inputs, and of those gradients of inputs that are wanted.
   */
  private record Bound(
      Executor executor, Map<String, NDArray> inputs, Map<String, NDArray> inputGradients)
      implements AutoCloseable {
    @Override
    public void close() {
      executor.close();
      inputs.values().forEach(NDArray::close);
      inputGradients.values().forEach(NDArray::close);
    }
  }

  /**
   * Binds.
   *
   * @param inputs data and labels, with the whole batch's shapes
   * @param requests what to do with each parameter's gradient, and with inputs' where wanted
   */
  DeviceGroup(
      Symbol symbol,
      List<Device> devices,
      List<DataDesc> inputs,
      Map<String, GradRequest> requests) {
    this.symbol = symbol;
    this.devices = devices;
    this.requests = requests;
    devices.forEach(device -> parts.add(new Part(device)));
    reshape(inputs);
  }

  /** Makes the executors ready for these shapes of the inputs; parameters stay. */
  void reshape(List<DataDesc> inputs) {
    NDScope.detached(
        () -> {
          for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            List<DataDesc> mine = slice(inputs, i);
            Bound bound = part.bound.get(mine);
            if (bound == null) {
              bound = bind(part, mine);
              part.bound.put(mine, bound);
              if (part.bound.size() > MAX_SHAPES) {
                List<DataDesc> oldest = part.bound.keySet().iterator().next();
                part.bound.remove(oldest).close();
              }
            }
            part.current = bound;
          }
          return null;
        });
  }

  private Bound bind(Part part, List<DataDesc> inputs) {
    Map<String, Shape> knownShapes = new LinkedHashMap<>();
    Map<String, DType> knownTypes = new LinkedHashMap<>();
    for (DataDesc input : inputs) {
      knownShapes.put(input.name(), input.shape());
      knownTypes.put(input.name(), input.dtype());
    }
    Symbol.Shapes shapes = symbol.inferShapes(knownShapes);
    Symbol.Types types = symbol.inferTypes(knownTypes);
    Map<String, NDArray> arguments = new LinkedHashMap<>();
    Map<String, NDArray> inputArrays = new LinkedHashMap<>();
    Map<String, NDArray> inputGradients = new LinkedHashMap<>();
    for (String name : symbol.listArguments()) {
      Shape shape = known(shapes.arguments().get(name), name);
      DType type = types.arguments().getOrDefault(name, DType.FLOAT32);
      boolean wanted = requests.getOrDefault(name, GradRequest.NULL) != GradRequest.NULL;
      if (knownShapes.containsKey(name) || !requests.containsKey(name)) {
        inputArrays.put(name, NDArray.zeros(shape, type, part.device));
        if (wanted) {
          inputGradients.put(name, NDArray.zeros(shape, type, part.device));
        }
      } else {
        arguments.put(name, parameter(part.parameters, name, shape, type, part.device));
        if (wanted) {
          parameter(part.gradients, name, shape, type, part.device);
        }
      }
    }
    for (String name : symbol.listAuxiliaryStates()) {
      Shape shape = known(shapes.auxiliary().get(name), name);
      DType type = types.auxiliary().getOrDefault(name, DType.FLOAT32);
      parameter(part.auxiliary, name, shape, type, part.device);
    }
    arguments.putAll(inputArrays);
    Map<String, NDArray> gradients = new LinkedHashMap<>(part.gradients);
    gradients.putAll(inputGradients);
    Executor executor = symbol.bind(part.device, arguments, gradients, requests, part.auxiliary);
    return new Bound(executor, inputArrays, inputGradients);
  }

  /** The array of that name, made now if this is the first executor. */
  private static NDArray parameter(
      Map<String, NDArray> arrays, String name, Shape shape, DType type, Device device) {
    NDArray array = arrays.computeIfAbsent(name, key -> NDArray.zeros(shape, type, device));
    if (!array.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "parameter '"
              + name
              + "' has shape "
              + array.shape()
              + ", but these inputs need "
              + shape);
    }
    return array;
  }

  private static Shape known(Shape shape, String name) {
    if (shape == null || !shape.isKnown()) {
      throw new IllegalArgumentException(
          "the shape of '"
              + name
              + "' cannot be inferred from the shapes of data and labels"
              + (shape == null ? "" : ": " + shape + " is what is known"));
    }
    return shape;
  }

  /** The part of a batch that device {@code index} gets: as even as can be, in order. */
  private List<DataDesc> slice(List<DataDesc> inputs, int index) {
    return inputs.stream()
        .map(
            input -> {
              long batch = input.batchSize();
              if (batch < devices.size()) {
                throw new IllegalArgumentException(
                    "a batch of "
                        + batch
                        + " cannot be divided between "
                        + devices.size()
                        + " devices");
              }
              long rows = end(batch, index) - begin(batch, index);
              return new DataDesc(input.name(), input.shape().with(0, rows), input.dtype());
            })
        .toList();
  }

  private long begin(long batch, int index) {
    return batch * index / devices.size();
  }

  private long end(long batch, int index) {
    return batch * (index + 1) / devices.size();
  }

  /**
   * Copies inputs in and pushes the forward pass. Inputs that the symbol does not use are passed
   * over.
   */
  void forward(Map<String, NDArray> inputs, boolean training) {
    for (int i = 0; i < parts.size(); i++) {
      Bound bound = parts.get(i).current;
      for (Map.Entry<String, NDArray> input : inputs.entrySet()) {
        NDArray to = bound.inputs().get(input.getKey());
        if (to != null) {
          copyPart(input.getValue(), i, to);
        }
      }
      bound.executor().forward(training);
    }
  }

  /** Copies this device's rows, cast if need be. */
  private void copyPart(NDArray whole, int index, NDArray to) {
    long batch = whole.shape().dim(0);
    NDArray rows = parts.size() == 1 ? whole : whole.slice(begin(batch, index), end(batch, index));
    NDArray cast = rows.dtype() == to.dtype() ? rows : rows.asType(to.dtype());
    cast.copyTo(to);
    if (cast != rows) {
      cast.close();
    }
    if (rows != whole) {
      rows.close();
    }
  }

  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  void backward(List<NDArray> headGradients) {
    for (int i = 0; i < parts.size(); i++) {
      try (NDScope scope = NDScope.open()) {
        List<NDArray> mine = new ArrayList<>();
        for (NDArray gradient : headGradients) {
          long batch = gradient.shape().dim(0);
          NDArray rows =
              parts.size() == 1 ? gradient : gradient.slice(begin(batch, i), end(batch, i));
          mine.add(rows.to(devices.get(i)));
        }
        parts.get(i).current.executor().backward(mine.toArray(new NDArray[0]));
      }
    }
  }

  int size() {
    return parts.size();
  }

  /** The outputs of the last forward pass on one device. */
  List<NDArray> outputs(int device) {
    return parts.get(device).current.executor().outputs();
  }

  /** Array {@code name} on each device: a parameter or an auxiliary state. */
  List<NDArray> arrays(String name) {
    return parts.stream()
        .map(part -> part.parameters.getOrDefault(name, part.auxiliary.get(name)))
        .toList();
  }

  /** The outputs of the last forward pass: for each, the devices' parts. */
  List<List<NDArray>> outputs() {
    List<List<NDArray>> all = new ArrayList<>();
    for (int output = 0; output < outputs(0).size(); output++) {
      int which = output;
      all.add(parts.stream().map(part -> part.current.executor().outputs().get(which)).toList());
    }
    return all;
  }

  /** The gradient of {@code name}, a parameter or an input, on each device. */
  List<NDArray> gradients(String name) {
    return parts.stream()
        .map(part -> part.gradients.getOrDefault(name, part.current.inputGradients().get(name)))
        .toList();
  }

  /** Bytes that the plans of the current shapes need, over all devices. */
  Executor.MemoryReport memoryReport() {
    long shared = 0;
    long unshared = 0;
    for (Part part : parts) {
      Executor.MemoryReport report = part.current.executor().memoryReport();
      shared += report.sharedBytes();
      unshared += report.unsharedBytes();
    }
    return new Executor.MemoryReport(shared, unshared);
  }

  @Override
  public void close() {
    for (Part part : parts) {
      part.bound.values().forEach(Bound::close);
      part.parameters.values().forEach(NDArray::close);
      part.gradients.values().forEach(NDArray::close);
      part.auxiliary.values().forEach(NDArray::close);
    }
  }
}
