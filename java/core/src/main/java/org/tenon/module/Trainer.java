package org.tenon.module;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tenon.NDArray;
import org.tenon.kvstore.KVStore;
import org.tenon.optimizer.Optimizer;

/**
 * Applies an optimizer to a group's parameters. With several devices, a KVStore sums the gradients,
 * and each device updates its own copy by the sum, so all copies stay equal.
 */
final class Trainer implements AutoCloseable {
  private static final String COUNT = "count:";

  private final Optimizer optimizer;
  private final DeviceGroup group;
  private final double rescale;
  private final KVStore store;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();

  private record Parameter(
      List<NDArray> weights,
      List<NDArray> gradients,
      List<List<NDArray>> states,
      Optimizer.Multipliers multipliers) {}

  Trainer(
      Optimizer optimizer,
      String kvstore,
      DeviceGroup group,
      List<String> names,
      Map<String, Map<String, String>> attributes,
      double rescale) {
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer is null");
    this.group = group;
    this.rescale = rescale;
    // One device has nothing to share; a type that is not offered is refused there, too.
    KVStore shared = KVStore.create(kvstore);
    if (group.size() > 1) {
      store = shared;
    } else {
      shared.close();
      store = null;
    }
    for (String name : names) {
      List<NDArray> weights = group.arrays(name);
      Parameter parameter =
          new Parameter(
              weights,
              group.gradients(name),
              weights.stream().map(optimizer::createState).toList(),
              Optimizer.Multipliers.of(name, attributes.getOrDefault(name, Map.of())));
      parameters.put(name, parameter);
      if (store != null) {
        store.init(name, parameter.weights().get(0));
      }
    }
  }

  void update() {
    int priority = 0;
    if (store != null) {
      for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
        // The first layers' sums are needed first by the next forward pass.
        store.push(entry.getKey(), entry.getValue().gradients(), priority);
        store.pull(entry.getKey(), entry.getValue().gradients(), priority);
        priority--;
      }
    }
    parameters.forEach(
        (name, parameter) -> {
          for (int device = 0; device < group.size(); device++) {
            optimizer.update(
                counted(name, device),
                parameter.weights().get(device),
                parameter.gradients().get(device),
                parameter.states().get(device),
                parameter.multipliers(),
                rescale);
          }
        });
  }

  /** Saves what the optimizer keeps; of several devices, whose states are equal, the first's. */
  void saveStates(Path file) {
    Map<String, NDArray> named = new LinkedHashMap<>();
    List<NDArray> counts = new ArrayList<>();
    parameters.forEach(
        (name, parameter) -> {
          NDArray count = NDArray.of(new long[] {optimizer.updates(name)});
          counts.add(count);
          named.put(COUNT + name, count);
          List<NDArray> states = parameter.states().get(0);
          for (int i = 0; i < states.size(); i++) {
            named.put(stateName(i, name), states.get(i));
          }
        });
    NDArray.save(file, named);
    counts.forEach(NDArray::close);
  }

  /** Takes what {@link #saveStates} saved of an optimizer of the same kind. */
  void loadStates(Path file) {
    Map<String, NDArray> named = NDArray.load(file);
    parameters.forEach(
        (name, parameter) -> {
          long count = required(file, named, COUNT + name).toLongArray()[0];
          for (int device = 0; device < group.size(); device++) {
            List<NDArray> states = parameter.states().get(device);
            if (named.containsKey(stateName(states.size(), name))) {
              throw new IllegalArgumentException(
                  "'" + file + "' holds the states of another optimizer than " + optimizer);
            }
            for (int i = 0; i < states.size(); i++) {
              required(file, named, stateName(i, name)).copyTo(states.get(i));
            }
            optimizer.resume(counted(name, device), count);
          }
        });
    named.values().forEach(NDArray::close);
  }

  private static String stateName(int index, String name) {
    return "state" + index + ":" + name;
  }

  private static NDArray required(Path file, Map<String, NDArray> named, String key) {
    NDArray array = named.get(key);
    if (array == null) {
      throw new IllegalArgumentException("'" + file + "' holds no '" + key + "'");
    }
    return array;
  }

  /** The name under which the optimizer counts a parameter's updates on a device. */
  private static String counted(String name, int device) {
    return device == 0 ? name : name + "@" + device;
  }

  double currentRate() {
    return optimizer.currentRate();
  }

  @Override
  public void close() {
    parameters
        .values()
        .forEach(parameter -> parameter.states().forEach(state -> state.forEach(NDArray::close)));
    if (store != null) {
      store.close();
    }
  }
}
