package org.tenon.module;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tenon.NDArray;

/**
 * A model's parameters by name, on the CPU.
 *
 * @param arguments what training changes: weights, biases
 * @param auxiliary what the forward pass itself changes: moving averages
 */
public record Params(Map<String, NDArray> arguments, Map<String, NDArray> auxiliary)
    implements AutoCloseable {
  /** Copies the maps, keeping their order. */
  public Params {
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    auxiliary = Collections.unmodifiableMap(new LinkedHashMap<>(auxiliary));
  }

  /** Closes the arrays. */
  @Override
  public void close() {
    arguments.values().forEach(NDArray::close);
    auxiliary.values().forEach(NDArray::close);
  }
}
