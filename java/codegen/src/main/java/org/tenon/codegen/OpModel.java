package org.tenon.codegen;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An operator as the dump describes it, with its Java names.
 *
 * @param name as registered
 * @param method the Java method's name
 * @param called the name that MXNet's Python programs call it by, of which nodes get their names
 * @param aliases other Java methods with the names that they stand for
 * @param type the parameter class's name
 * @param doc what it does
 * @param inputs in order
 * @param variadic whether its one input may be given any number of times
 * @param outputs how many outputs are registered
 * @param params without the number of inputs of variadic operators
 */
record OpModel(
    String name,
    String method,
    String called,
    Map<String, String> aliases,
    String type,
    String doc,
    List<Input> inputs,
    boolean variadic,
    int outputs,
    List<Param> params) {

  /** Inputs that a symbol makes variables for: parameters, states and labels of layers. */
  private static final Set<String> OWN_INPUTS =
      Set.of(
          "weight",
          "bias",
          "gamma",
          "beta",
          "moving_mean",
          "moving_var",
          "moving_inv_var",
          "label",
          "parameters",
          "state",
          "state_cell",
          "length",
          "sequence_length",
          "data_lengths",
          "label_lengths",
          "mask");

  /** Operators with a number that Python's front end knows by an alias without underscores. */
  private static final Set<String> ARITHMETIC =
      Set.of(
          "_plus_scalar",
          "_minus_scalar",
          "_rminus_scalar",
          "_mul_scalar",
          "_div_scalar",
          "_rdiv_scalar",
          "_mod_scalar",
          "_rmod_scalar",
          "_power_scalar",
          "_rpower_scalar",
          "_maximum_scalar",
          "_minimum_scalar",
          "_hypot_scalar");

  /** Groups in which these names mean ordinary inputs. */
  private static final Set<String> PLAIN_GROUPS = Set.of("optimizer");

  /**
   * An input.
   *
   * @param name as registered
   * @param doc what it is
   * @param required whether it is a parameter of the method; the others are set in the lambda
   */
  record Input(String name, String doc, boolean required) {}

  /**
   * A parameter.
   *
   * @param name as registered
   * @param kind the dump's type
   * @param doc what it means
   * @param options an enum's values
   * @param defaultText the default as MXNet spells it
   * @param required whether there is no default
   * @param dynamic whether it travels as a number beside the parsed parameters
   */
  record Param(
      String name,
      String kind,
      String doc,
      List<String> options,
      String defaultText,
      boolean required,
      boolean dynamic) {}

  /** True if the method needs no lambda. */
  boolean hasDefaults() {
    return params.stream().noneMatch(Param::required);
  }

  /** True if there is anything to set in a lambda. */
  boolean hasParams() {
    return !params.isEmpty() || inputs.stream().anyMatch(i -> !i.required());
  }

  /** True if the operator gives a list of arrays by its nature. */
  boolean givesList() {
    return params.stream().anyMatch(p -> p.name().equals("num_outputs"));
  }

  static List<OpModel> readAll(String json) {
    List<OpModel> ops = new ArrayList<>();
    List<Map<?, ?>> dumped = objects((Map<?, ?>) Json.parse(json), "ops");
    Set<String> taken = new HashSet<>();
    for (Map<?, ?> op : dumped) {
      taken.add(Names.method((String) op.get("name")));
    }
    for (Map<?, ?> op : dumped) {
      String name = (String) op.get("name");
      if (!Boolean.TRUE.equals(op.get("hidden")) && !name.startsWith("_backward_")) {
        ops.add(read(op, taken));
      }
    }
    return ops;
  }

  private static OpModel read(Map<?, ?> op, Set<String> taken) {
    String name = (String) op.get("name");
    boolean variadic = Boolean.TRUE.equals(op.get("variadic"));
    boolean plain = PLAIN_GROUPS.contains(op.get("group"));
    List<Input> inputs = new ArrayList<>();
    for (Map<?, ?> input : objects(op, "inputs")) {
      String inputName = (String) input.get("name");
      boolean own = !plain && !inputs.isEmpty() && OWN_INPUTS.contains(inputName);
      inputs.add(new Input(inputName, (String) input.get("doc"), !own));
    }
    List<Param> params = new ArrayList<>();
    for (Map<?, ?> param : objects(op, "params")) {
      Object paramName = param.get("name");
      if (paramName.equals("ctx") || variadic && paramName.equals(op.get("numArgsParam"))) {
        // The device is an argument of the method, and the number of inputs is counted.
        continue;
      }
      List<String> options = new ArrayList<>();
      for (Object option : (List<?>) param.get("options")) {
        options.add((String) option);
      }
      params.add(
          new Param(
              (String) param.get("name"),
              (String) param.get("type"),
              (String) param.get("doc"),
              options,
              defaultText((String) param.get("type"), (String) param.get("default")),
              Boolean.TRUE.equals(param.get("required")),
              Boolean.TRUE.equals(param.get("dynamic"))));
    }
    return new OpModel(
        name,
        Names.method(name),
        called(op),
        aliases(op, taken),
        Names.type(name),
        (String) op.get("doc"),
        inputs,
        variadic,
        objects(op, "outputs").size(),
        params);
  }

  private static Map<String, String> aliases(Map<?, ?> op, Set<String> taken) {
    Map<String, String> aliases = new LinkedHashMap<>();
    for (Object alias : (List<?>) op.get("aliases")) {
      String other = Names.method((String) alias);
      if (!((String) alias).startsWith("_") && !taken.contains(other)) {
        aliases.putIfAbsent(other, (String) alias);
      }
    }
    return aliases;
  }

  /**
   * Of a hidden name the public alias of the same Java method ({@code sample_normal}), or the one
   * that Python's arithmetic calls ({@code _PlusScalar}; comparisons have none), if there is one.
   */
  private static String called(Map<?, ?> op) {
    String name = (String) op.get("name");
    for (Object alias : (List<?>) op.get("aliases")) {
      String other = (String) alias;
      boolean publicName = name.equals("_" + other);
      boolean arithmetic = ARITHMETIC.contains(name) && other.endsWith("Scalar");
      if (publicName || arithmetic) {
        return other;
      }
    }
    return name;
  }

  private static String defaultText(String kind, String text) {
    if (kind.equals("boolean")) {
      return text.equals("1") || text.equals("True")
          ? "true"
          : text.equals("None") ? text : "false";
    }
    return text.equals("[]") ? "()" : text;
  }

  private static List<Map<?, ?>> objects(Map<?, ?> parent, String key) {
    List<Map<?, ?>> objects = new ArrayList<>();
    for (Object object : (List<?>) parent.get(key)) {
      objects.add((Map<?, ?>) object);
    }
    return objects;
  }
}
