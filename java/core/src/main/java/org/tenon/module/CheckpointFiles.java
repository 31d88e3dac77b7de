package org.tenon.module;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.tenon.NDArray;
import org.tenon.Symbol;

/**
 * MXNet's checkpoints: {@code <prefix>-symbol.json} and {@code <prefix>-0001.params}, whose names
 * begin with {@code arg:} and {@code aux:}.
 */
final class CheckpointFiles {
  private CheckpointFiles() {}

  static Path symbolFile(Path prefix) {
    return sibling(prefix, "-symbol.json");
  }

  static Path paramsFile(Path prefix, int epoch) {
    return sibling(prefix, numbered(epoch, "params"));
  }

  static Path statesFile(Path prefix, int epoch) {
    return sibling(prefix, numbered(epoch, "states"));
  }

  private static String numbered(int epoch, String ending) {
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch is " + epoch + ", expected at least 0");
    }
    return String.format(java.util.Locale.ROOT, "-%04d.%s", epoch, ending);
  }

  /** Takes the arrays of a file apart by their names. */
  static Params params(String source, Map<String, NDArray> arrays) {
    Map<String, NDArray> arguments = new LinkedHashMap<>();
    Map<String, NDArray> auxiliary = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          if (name.startsWith("arg:")) {
            arguments.put(name.substring(4), array);
          } else if (name.startsWith("aux:")) {
            auxiliary.put(name.substring(4), array);
          } else {
            throw new IllegalArgumentException(
                source + " holds '" + name + "', expected names that begin with arg: or aux:");
          }
        });
    return new Params(arguments, auxiliary);
  }

  static Symbol loadSymbol(Path prefix) {
    return Symbol.load(symbolFile(prefix));
  }

  private static Path sibling(Path prefix, String ending) {
    Path name = Objects.requireNonNull(prefix, "prefix is null").getFileName();
    if (name == null) {
      throw new IllegalArgumentException(
          "the prefix '" + prefix + "' ends in no name, expected one such as models/lenet");
    }
    return prefix.resolveSibling(name + ending);
  }
}
