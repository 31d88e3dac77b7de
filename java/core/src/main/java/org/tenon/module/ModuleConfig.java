package org.tenon.module;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.tenon.Device;
import org.tenon.internal.Given;

/**
 * What a module is told when it is made: which variables are inputs, where it runs, what it does
 * not train.
 */
public final class ModuleConfig {
  List<String> dataNames = List.of("data");

  List<String> labelNames = List.of();
  List<Device> devices = List.of(Device.cpu());
  Set<String> fixed = Set.of();
  boolean inputsNeedGrad;

  ModuleConfig() {}

  /** Names of the variables that take data; {@code data} by default. */
  public ModuleConfig dataNames(String... names) {
    dataNames = distinct(names, "data");
    return this;
  }

  /**
   * Names of the variables that take labels; by default, and with no names, those that end in
   * {@code _label}. Those that the symbol lacks are ignored.
   */
  public ModuleConfig labelNames(String... names) {
    labelNames = distinct(names, "label");
    return this;
  }

  /** Where it runs; batches are divided between several devices. By default the CPU. */
  public ModuleConfig devices(Device... where) {
    if (where.length == 0) {
      throw new IllegalArgumentException("no devices given, expected at least one");
    }
    for (Device device : where) {
      Objects.requireNonNull(device, "a device is null");
    }
    devices = Given.list("devices", where);
    return this;
  }

  /** Parameters that training leaves as they are. */
  public ModuleConfig fixed(String... names) {
    fixed = new LinkedHashSet<>(distinct(names, "parameter"));
    return this;
  }

  /** Whether training computes {@link Module#inputGradients}, too. By default not. */
  public ModuleConfig inputsNeedGrad(boolean need) {
    inputsNeedGrad = need;
    return this;
  }

  private static List<String> distinct(String[] names, String what) {
    Set<String> seen = new LinkedHashSet<>();
    for (String name : names) {
      if (!seen.add(Objects.requireNonNull(name, "a name of " + what + " is null"))) {
        throw new IllegalArgumentException(what + " '" + name + "' is named twice");
      }
    }
    return List.copyOf(seen);
  }
}
