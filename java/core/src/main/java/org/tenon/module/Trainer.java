package org.tenon.module;

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
                device == 0 ? name : name + "@" + device,
                parameter.weights().get(device),
                parameter.gradients().get(device),
                parameter.states().get(device),
                parameter.multipliers(),
                rescale);
          }
        });
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
