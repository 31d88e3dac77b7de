package org.tenon.module;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tenon.Device;

/**
 * What a module is told when it is made: which variables are inputs, where it runs, what it does
 * not train.
 */
public final class ModuleConfig {
  List<String> dataNames = List.of("data");
  List<String> labelNames = List.of("softmax_label");
  List<Device> devices = List.of(Device.cpu());
  Set<String> fixed = Set.of();

  ModuleConfig() {}

  /** Names of the variables that take data; {@code data} by default. */
  public ModuleConfig dataNames(String... names) {
    dataNames = List.of(names);
    return this;
  }

  /**
   * Names of the variables that take labels; {@code softmax_label} by default. Those that the
   * symbol lacks are ignored.
   */
  public ModuleConfig labelNames(String... names) {
    labelNames = List.of(names);
    return this;
  }

  /** Where it runs; batches are divided between several devices. By default the CPU. */
  public ModuleConfig devices(Device... where) {
    if (where.length == 0) {
      throw new IllegalArgumentException("no devices given, expected at least one");
    }
    devices = List.of(where);
    return this;
  }

  /** Parameters that training leaves as they are. */
  public ModuleConfig fixed(String... names) {
    fixed = new LinkedHashSet<>(List.of(names));
    return this;
  }
}
