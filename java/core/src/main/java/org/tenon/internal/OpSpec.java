package org.tenon.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An operator as Java sees it, with its parsed parameter sets: each is made once on the native side
 * and found again by its values. Safe for use by any thread.
 */
public final class OpSpec {
  /** More different parameter sets than this, and the operator's cache starts afresh. */
  private static final int MAX_CACHED = 256;

  private static final String[] NONE = {};

  private final String name;
  private final String[] inputs;
  private final String[] params;
  private final int[] dynamic;
  private final double[] dynamicDefaults;
  private final ConcurrentHashMap<Object, Attrs> cache = new ConcurrentHashMap<>(4);
  private volatile Attrs defaults;

  /**
   * Describes an operator.
   *
   * @param name as registered
   * @param inputs names, separated by commas
   * @param params names, separated by commas; each dynamic one is followed by {@code =} and its
   *     default
   */
  public OpSpec(String name, String inputs, String params) {
    this.name = name;
    this.inputs = split(inputs);
    this.params = split(params);
    int count = 0;
    for (String param : this.params) {
      if (param.indexOf('=') > 0) {
        count++;
      }
    }
    dynamic = new int[count];
    dynamicDefaults = new double[count];
    for (int i = 0, at = 0; at < count; i++) {
      int equals = this.params[i].indexOf('=');
      if (equals > 0) {
        dynamic[at] = i;
        dynamicDefaults[at++] = Double.parseDouble(this.params[i].substring(equals + 1));
        this.params[i] = this.params[i].substring(0, equals);
      }
    }
  }

  private static String[] split(String list) {
    if (list.isEmpty()) {
      return NONE;
    }
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int comma = list.indexOf(','); comma >= 0; comma = list.indexOf(',', from)) {
      parts.add(list.substring(from, comma));
      from = comma + 1;
    }
    parts.add(list.substring(from));
    return parts.toArray(NONE);
  }

  /**
   * The registered name.
   *
   * @return MXNet's name
   */
  public String name() {
    return name;
  }

  /**
   * One input's name.
   *
   * @param index which
   * @return MXNet's name
   */
  public String inputName(int index) {
    return inputs[index];
  }

  /**
   * How many parameters there are.
   *
   * @return without the number of inputs of variadic operators
   */
  public int paramCount() {
    return params.length;
  }

  /**
   * How many inputs are registered.
   *
   * @return 1 for variadic operators
   */
  public int inputCount() {
    return inputs.length;
  }

  /**
   * The parameter set in which everything has its default.
   *
   * @return the set
   * @throws IllegalArgumentException if a parameter is required
   */
  public Attrs defaults() {
    Attrs attrs = defaults;
    if (attrs == null) {
      attrs = Attrs.parse(name, NONE, NONE, -1);
      defaults = attrs;
    }
    return attrs;
  }

  /**
   * The parameter set for what a person has set; dynamic parameters are left to {@link #dynamic}.
   *
   * @param set what has been set; null: nothing
   * @param variadicInputs number of inputs of a variadic operator, -1 for others
   * @return the set
   * @throws IllegalArgumentException if a value does not fit
   */
  public Attrs attrs(ParamValues<?> set, int variadicInputs) {
    if (set == null && variadicInputs < 0) {
      return defaults();
    }
    Map<String, String> extra = set == null ? null : ParamValues.attributesOf(set);
    List<Object> key = new ArrayList<>(params.length + 1);
    key.add(variadicInputs);
    if (set != null) {
      Object[] values = ParamValues.valuesOf(set);
      int nextDynamic = 0;
      for (int i = 0; i < values.length; i++) {
        if (nextDynamic < dynamic.length && dynamic[nextDynamic] == i) {
          nextDynamic++;
          key.add(null);
        } else {
          key.add(values[i]);
        }
      }
    }
    if (extra != null) {
      key.add(extra);
    }
    Attrs attrs = cache.get(key);
    if (attrs == null) {
      attrs = parse(set, key, variadicInputs);
      if (cache.size() >= MAX_CACHED) {
        cache.clear();
      }
      cache.put(key, attrs);
    }
    return attrs;
  }

  private Attrs parse(ParamValues<?> set, List<Object> key, int variadicInputs) {
    Map<String, String> texts = new TreeMap<>();
    if (set != null) {
      for (int i = 0; i < params.length; i++) {
        if (key.get(i + 1) != null) {
          texts.put(params[i], text(key.get(i + 1)));
        }
      }
      // A dynamic parameter without a default has to be there for the native side to accept the
      // set.
      Object[] values = ParamValues.valuesOf(set);
      for (int i = 0; i < dynamic.length; i++) {
        if (values[dynamic[i]] != null && Double.isNaN(dynamicDefaults[i])) {
          texts.put(params[dynamic[i]], text(values[dynamic[i]]));
        }
      }
      if (ParamValues.attributesOf(set) != null) {
        texts.putAll(ParamValues.attributesOf(set));
      }
    }
    return Attrs.parse(
        name, texts.keySet().toArray(NONE), texts.values().toArray(NONE), variadicInputs);
  }

  /**
   * The values of the dynamic parameters.
   *
   * @param set what has been set; null: nothing
   * @return in the order of declaration; null if everything has its default
   */
  public double[] dynamic(ParamValues<?> set) {
    if (set == null || dynamic.length == 0) {
      return null;
    }
    double[] result = null;
    Object[] values = ParamValues.valuesOf(set);
    for (int i = 0; i < dynamic.length; i++) {
      Object value = values[dynamic[i]];
      if (value != null) {
        if (result == null) {
          result = dynamicDefaults.clone();
        }
        result[i] = value instanceof Boolean b ? (b ? 1 : 0) : ((Number) value).doubleValue();
      }
    }
    return result;
  }

  /**
   * All that has been set, as MXNet spells it.
   *
   * @param set what has been set; null: nothing
   * @return names and values, in turn
   */
  public String[] texts(ParamValues<?> set) {
    List<String> texts = new ArrayList<>();
    if (set != null) {
      Object[] values = ParamValues.valuesOf(set);
      for (int i = 0; i < values.length; i++) {
        if (values[i] != null) {
          texts.add(params[i]);
          texts.add(text(values[i]));
        }
      }
      Map<String, String> attributes = ParamValues.attributesOf(set);
      if (attributes != null) {
        attributes.forEach(
            (name, value) -> {
              texts.add(name);
              texts.add(value);
            });
      }
    }
    return texts.toArray(NONE);
  }

  private static String text(Object value) {
    if (value instanceof Boolean b) {
      return b ? "True" : "False";
    }
    if (value instanceof Double) {
      return value.toString().replace('E', 'e');
    }
    if (value instanceof List<?> list) {
      StringBuilder text = new StringBuilder("(");
      for (int i = 0; i < list.size(); i++) {
        text.append(i == 0 ? "" : ", ").append(list.get(i) == null ? "None" : text(list.get(i)));
      }
      return text.append(list.size() == 1 ? ",)" : ")").toString();
    }
    return value.toString();
  }
}
