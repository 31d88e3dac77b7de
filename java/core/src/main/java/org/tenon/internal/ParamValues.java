package org.tenon.internal;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a person has set for one application of an operator: parameters, optional inputs,
 * attributes, an output to write to. Base of the generated parameter classes; used by one thread,
 * for one call.
 *
 * @param <V> what the operator is applied to
 */
public abstract class ParamValues<V> {
  private final Object[] values;
  private final Object[] inputs;
  private Map<String, String> attributes;
  private V out;

  /**
   * Nothing set.
   *
   * @param paramCount how many parameters the operator has
   * @param inputCount how many inputs it has
   */
  protected ParamValues(int paramCount, int inputCount) {
    values = new Object[paramCount];
    inputs = new Object[inputCount];
  }

  /**
   * Sets a parameter.
   *
   * @param index its place in the operator's list
   * @param value its value
   */
  protected final void value(int index, Object value) {
    if (value == null) {
      throw new NullPointerException("parameter is null");
    }
    values[index] = value;
  }

  /**
   * Sets an optional input.
   *
   * @param index its place in the operator's list
   * @param input what to use
   */
  protected final void input(int index, V input) {
    if (input == null) {
      throw new NullPointerException("input is null");
    }
    inputs[index] = input;
  }

  /**
   * Sets an attribute.
   *
   * @param key its name
   * @param text its value
   */
  protected final void attribute(String key, String text) {
    if (key == null || text == null) {
      throw new NullPointerException("attribute is null");
    }
    if (attributes == null) {
      attributes = new TreeMap<>();
    }
    attributes.put(key, text);
  }

  /**
   * Sets where the result goes.
   *
   * @param output what to write
   */
  protected final void output(V output) {
    if (output == null) {
      throw new NullPointerException("out is null");
    }
    out = output;
  }

  /**
   * The parameters of a set.
   *
   * @param params which set
   * @return one element per parameter, null where nothing is set
   */
  public static Object[] valuesOf(ParamValues<?> params) {
    return params.values;
  }

  /**
   * The optional inputs of a set.
   *
   * @param params which set
   * @return one element per input of the operator, null where nothing is set
   */
  public static Object[] inputsOf(ParamValues<?> params) {
    return params.inputs;
  }

  /**
   * The attributes of a set.
   *
   * @param params which set
   * @return by name; null if there are none
   */
  public static Map<String, String> attributesOf(ParamValues<?> params) {
    return params.attributes;
  }

  /**
   * Where the result of a set goes.
   *
   * @param <V> what the operator is applied to
   * @param params which set
   * @return null if it is to be new
   */
  public static <V> V outOf(ParamValues<V> params) {
    return params.out;
  }
}
