package org.tenon.module;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Symbol;
import org.tenon.initializer.Initializer;

/** Gives the parameters of a group of devices their values, and copies them out. */
final class ParameterValues {
  private final Symbol symbol;
  private final DeviceGroup group;
  private final List<String> parameterNames;
  private final List<String> auxiliaryNames;

  ParameterValues(
      Symbol symbol, DeviceGroup group, List<String> parameterNames, List<String> auxiliaryNames) {
    this.symbol = symbol;
    this.group = group;
    this.parameterNames = parameterNames;
    this.auxiliaryNames = auxiliaryNames;
  }

  /**
   * First values.
   *
   * @param given values by name, or null
   * @param allowMissing lets the initializer make what {@code given} lacks
   */
  void init(Initializer initializer, Params given, boolean allowMissing) {
    boolean mayMake = given == null || allowMissing;
    Map<String, NDArray> arguments = given == null ? Map.of() : given.arguments();
    Map<String, NDArray> auxiliary = given == null ? Map.of() : given.auxiliary();
    Map<String, Map<String, String>> attributes = symbol.attributes();
    for (String name : parameterNames) {
      initOne(name, arguments.get(name), initializer, attributes, mayMake);
    }
    for (String name : auxiliaryNames) {
      initOne(name, auxiliary.get(name), initializer, attributes, mayMake);
    }
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

  /** Copies on the CPU. */
  Params copy() {
    return new Params(copies(parameterNames), copies(auxiliaryNames));
  }

  private Map<String, NDArray> copies(List<String> names) {
    Map<String, NDArray> copies = new LinkedHashMap<>();
    for (String name : names) {
      copies.put(name, group.arrays(name).get(0).to(Device.cpu()));
    }
    return copies;
  }

  /**
   * Other values.
   *
   * @param allowMissing keeps what is not given; else that is an error
   * @param allowExtra passes over what there is no place for; else that is an error
   */
  void set(Params params, boolean allowMissing, boolean allowExtra) {
    setAll(parameterNames, params.arguments(), "parameter", allowMissing, allowExtra);
    setAll(auxiliaryNames, params.auxiliary(), "auxiliary state", allowMissing, allowExtra);
  }

  private void setAll(
      List<String> names,
      Map<String, NDArray> values,
      String what,
      boolean allowMissing,
      boolean allowExtra) {
    for (String given : values.keySet()) {
      if (!allowExtra && !names.contains(given)) {
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
}
