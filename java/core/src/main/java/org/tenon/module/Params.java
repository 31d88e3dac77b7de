package org.tenon.module;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tenon.NDArray;
import org.tenon.internal.Given;

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
    Given.list("arguments", arguments.values());
    Given.list("auxiliary", auxiliary.values());
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    auxiliary = Collections.unmodifiableMap(new LinkedHashMap<>(auxiliary));
  }

  /**
   * Loads the parameters of a checkpoint, {@code <prefix>-<epoch>.params}; the symbol beside it is
   * loaded by {@code Symbol.load}, both together by {@link Module#load}.
   *
   * @throws java.io.UncheckedIOException if the file is missing, cut or corrupt
   */
  public static Params load(Path prefix, int epoch) {
    return load(CheckpointFiles.paramsFile(prefix, epoch));
  }

  /**
   * Loads parameters that {@link #save} or MXNet saved.
   *
   * @throws java.io.UncheckedIOException if the file is missing, cut or corrupt
   */
  public static Params load(Path file) {
    return CheckpointFiles.params("'" + file + "'", NDArray.load(file));
  }

  /**
   * Loads parameters from a stream, a resource of a jar say, which is read to its end and not
   * closed.
   *
   * @throws java.io.UncheckedIOException if reading fails, or the bytes are cut or corrupt
   */
  public static Params load(InputStream in) {
    return CheckpointFiles.params("the stream", NDArray.load(in));
  }

  /** Saves in MXNet's format; the file is replaced as a whole. */
  public void save(Path file) {
    Map<String, NDArray> named = new LinkedHashMap<>();
    arguments.forEach((name, array) -> named.put("arg:" + name, array));
    auxiliary.forEach((name, array) -> named.put("aux:" + name, array));
    NDArray.save(file, named);
  }

  /** Closes the arrays. */
  @Override
  public void close() {
    arguments.values().forEach(NDArray::close);
    auxiliary.values().forEach(NDArray::close);
  }
}
