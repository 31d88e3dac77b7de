package org.tenon.internal;

/**
 * Native methods of symbols. Shapes come and go as arrays of extents, null where even the rank is
 * unknown.
 */
public final class SymbolNatives {
  private SymbolNatives() {}

  /**
   * Makes a free variable.
   *
   * @param name its name
   * @param attributes names and values, in turn
   * @return the symbol
   */
  public static native long variable(String name, String[] attributes);

  /**
   * Applies an operator.
   *
   * @param op its name
   * @param attributes names and values, in turn
   * @param name of the node; null or empty: made up
   * @param inputs symbols
   * @param inputNames their names; null: by position
   * @return the symbol
   */
  public static native long apply(
      String op, String[] attributes, String name, long[] inputs, String[] inputNames);

  /**
   * The next free name on this thread for a node that is given none.
   *
   * @param called the name under which the operator was called
   * @return such as {@code convolution0}
   */
  public static native String nextName(String called);

  /**
   * Joins the outputs of symbols.
   *
   * @param symbols which
   * @return the symbol
   */
  public static native long group(long[] symbols);

  /**
   * How many outputs there are.
   *
   * @param symbol which
   * @return at least 1
   */
  public static native int numOutputs(long symbol);

  /**
   * One output.
   *
   * @param symbol which
   * @param index from 0
   * @return the symbol
   */
  public static native long output(long symbol, int index);

  /**
   * One output.
   *
   * @param symbol which
   * @param name as listed
   * @return the symbol
   */
  public static native long outputNamed(long symbol, String name);

  /**
   * Every node's outputs.
   *
   * @param symbol which
   * @return the symbol
   */
  public static native long internals(long symbol);

  /**
   * The inputs of the output nodes.
   *
   * @param symbol which
   * @return the symbol; 0 if there are none
   */
  public static native long children(long symbol);

  /**
   * Replaces free variables.
   *
   * @param symbol which
   * @param names of the variables
   * @param values symbols
   * @return the symbol
   */
  public static native long compose(long symbol, String[] names, long[] values);

  /**
   * The name of the output node.
   *
   * @param symbol which
   * @return empty for groups
   */
  public static native String name(long symbol);

  /**
   * Names of what a symbol has.
   *
   * @param symbol which
   * @param what 0 arguments, 1 auxiliary states, 2 outputs, 3 arguments and auxiliary states
   * @return the names
   */
  public static native String[] list(long symbol, int what);

  /**
   * An attribute of the output node.
   *
   * @param symbol which
   * @param key its name
   * @return null if it is not set
   */
  public static native String attribute(long symbol, String key);

  /**
   * Sets an attribute of the output node.
   *
   * @param symbol which
   * @param key its name
   * @param value its value
   */
  public static native void setAttribute(long symbol, String key, String value);

  /**
   * All attributes of all nodes.
   *
   * @param symbol which
   * @return node, name and value, in turn
   */
  public static native String[] attributes(long symbol);

  /**
   * Infers shapes.
   *
   * @param symbol which
   * @param names of arguments
   * @param shapes theirs
   * @return those of arguments, outputs and auxiliary states
   */
  public static native long[][][] inferShapes(long symbol, String[] names, long[][] shapes);

  /**
   * Infers dtypes.
   *
   * @param symbol which
   * @param names of arguments
   * @param dtypes theirs
   * @return those of arguments, outputs and auxiliary states; -1 where unknown
   */
  public static native int[][] inferTypes(long symbol, String[] names, int[] dtypes);

  /**
   * MXNet's JSON.
   *
   * @param symbol which
   * @return the text
   */
  public static native String toJson(long symbol);

  /**
   * Reads MXNet's JSON.
   *
   * @param json the text
   * @param origin where it is from, for messages
   * @return the symbol
   */
  public static native long fromJson(String json, String origin);

  /**
   * Loads a symbol.
   *
   * @param file where from
   * @return the symbol
   */
  public static native long load(String file);

  /**
   * Saves a symbol.
   *
   * @param symbol which
   * @param file where
   */
  public static native void save(long symbol, String file);
}
