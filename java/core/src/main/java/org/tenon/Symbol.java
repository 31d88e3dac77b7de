package org.tenon;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import org.tenon.internal.Collector;
import org.tenon.internal.Given;
import org.tenon.internal.Loader;
import org.tenon.internal.SymbolNatives;

/**
 * A computation described but not yet run: one or more outputs of a graph of operators over named
 * variables.
 *
 * <p>Symbols are composed with {@link Ops} and with the arithmetic here, saved as MXNet's JSON, and
 * run by an {@link Executor}. Those with several outputs are iterated over output by output. Safe
 * for use by any thread while nobody calls {@link #setAttribute}. A symbol owns one reference to
 * native memory, freed by {@link #close()} or by the garbage collector; symbols made of it keep
 * what they need.
 */
public final class Symbol extends SymbolRunning implements Iterable<Symbol> {
  static {
    Loader.load();
  }

  private static final String[] NONE = {};

  private Symbol(long handle) {
    super(handle);
    watch();
  }

  static Symbol wrap(long handle) {
    return new Symbol(Collector.checked(handle));
  }

  long handle() {
    return handle;
  }

  // Making symbols.

  /**
   * A free variable.
   *
   * @param name its name
   * @return a new symbol
   */
  public static Symbol variable(String name) {
    return wrap(SymbolNatives.variable(name, NONE));
  }

  /**
   * A free variable with a shape that need not be inferred.
   *
   * @param name its name
   * @param shape its extents
   * @return a new symbol
   */
  public static Symbol variable(String name, Shape shape) {
    return variable(name, Map.of("__shape__", shape.toString()));
  }

  /**
   * A free variable with attributes.
   *
   * @param name its name
   * @param attributes such as {@code __lr_mult__}, by name
   * @return a new symbol
   */
  public static Symbol variable(String name, Map<String, String> attributes) {
    return wrap(SymbolNatives.variable(name, pairs(attributes)));
  }

  /**
   * The outputs of several symbols as one.
   *
   * @param symbols in order
   * @return a new symbol
   */
  public static Symbol group(Symbol... symbols) {
    return group(Given.list("symbols", symbols));
  }

  /**
   * The outputs of several symbols as one.
   *
   * @param symbols in order, at least one
   * @return a new symbol
   */
  public static Symbol group(List<Symbol> symbols) {
    if (symbols.isEmpty()) {
      throw new IllegalArgumentException("a group needs at least one symbol");
    }
    Symbol group = wrap(SymbolNatives.group(handlesOf(symbols)));
    Reference.reachabilityFence(symbols);
    return group;
  }

  /**
   * Applies an operator by its registered name, with attributes in MXNet's spelling.
   *
   * @param op the operator's name
   * @param name the new node's name; empty: made of the operator's name and a number
   * @param attributes by name
   * @param inputs in the operator's order; those left out become variables
   * @return a new symbol
   * @throws IllegalArgumentException if there is no such operator, or an attribute or input does
   *     not fit
   */
  public static Symbol apply(
      String op, String name, Map<String, String> attributes, Symbol... inputs) {
    return OpCalls.compose(op, op, pairs(attributes), name, Given.list("inputs", inputs), null);
  }

  private static String[] pairs(Map<String, String> map) {
    Given.list("attributes", map.keySet());
    String[] pairs = new String[2 * map.size()];
    int at = 0;
    for (Map.Entry<String, String> entry : new TreeMap<>(map).entrySet()) {
      pairs[at++] = entry.getKey();
      pairs[at++] = entry.getValue();
    }
    return pairs;
  }

  // Parts.

  /**
   * The name of the output's node.
   *
   * @return empty for groups
   */
  public String name() {
    String name = SymbolNatives.name(handle);
    Reference.reachabilityFence(this);
    return name;
  }

  /**
   * How many outputs there are.
   *
   * @return at least 1
   */
  public int numOutputs() {
    int count = SymbolNatives.numOutputs(handle);
    Reference.reachabilityFence(this);
    return count;
  }

  /**
   * One output.
   *
   * @param index from 0
   * @return a new symbol
   * @throws IndexOutOfBoundsException if there is no such output
   */
  public Symbol get(int index) {
    Symbol output = wrap(SymbolNatives.output(handle, index));
    Reference.reachabilityFence(this);
    return output;
  }

  /**
   * One output.
   *
   * @param name such as {@code fc1_output}
   * @return a new symbol
   * @throws IllegalArgumentException if there is no such output
   */
  public Symbol get(String name) {
    Symbol output = wrap(SymbolNatives.outputNamed(handle, name));
    Reference.reachabilityFence(this);
    return output;
  }

  @Override
  public Iterator<Symbol> iterator() {
    int count = numOutputs();
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < count;
      }

      @Override
      public Symbol next() {
        if (at == count) {
          throw new NoSuchElementException("the symbol has " + count + " outputs");
        }
        return get(at++);
      }
    };
  }

  /**
   * All outputs of all nodes that lead here, in order of computation.
   *
   * @return a new symbol with many outputs
   */
  public Symbol internals() {
    Symbol all = wrap(SymbolNatives.internals(handle));
    Reference.reachabilityFence(this);
    return all;
  }

  /**
   * What the output nodes are computed from.
   *
   * @return a new symbol; empty for a variable
   */
  public Optional<Symbol> children() {
    long children = SymbolNatives.children(handle);
    Reference.reachabilityFence(this);
    return children == 0 ? Optional.empty() : Optional.of(wrap(children));
  }

  /**
   * This symbol with free variables replaced.
   *
   * @param values by the variables' names
   * @return a new symbol
   * @throws IllegalArgumentException if there is no such variable
   */
  public Symbol compose(Map<String, Symbol> values) {
    List<Symbol> symbols = new ArrayList<>(values.values());
    String[] names = values.keySet().toArray(NONE);
    Symbol composed = wrap(SymbolNatives.compose(handle, names, handlesOf(symbols)));
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(symbols);
    return composed;
  }

  /**
   * The names of the variables that a caller binds, auxiliary states apart.
   *
   * @return in order of first use
   */
  public List<String> listArguments() {
    return list(0);
  }

  /**
   * The names of the states that operators keep, such as moving means.
   *
   * @return in order of first use
   */
  public List<String> listAuxiliaryStates() {
    return list(1);
  }

  /**
   * The outputs' names, such as {@code fc1_output}.
   *
   * @return in order
   */
  public List<String> listOutputs() {
    return list(2);
  }

  /**
   * The names of all variables.
   *
   * @return arguments and auxiliary states in order of first use
   */
  public List<String> listInputs() {
    return list(3);
  }

  private List<String> list(int what) {
    List<String> names = List.of(SymbolNatives.list(handle, what));
    Reference.reachabilityFence(this);
    return names;
  }

  // Attributes.

  /**
   * An attribute of the output's node.
   *
   * @param key its name
   * @return its value, if set
   */
  public Optional<String> attribute(String key) {
    String value = SymbolNatives.attribute(handle, key);
    Reference.reachabilityFence(this);
    return Optional.ofNullable(value);
  }

  /**
   * All attributes of the output's node: MXNet's {@code list_attr}.
   *
   * @return by name; empty for groups
   */
  public Map<String, String> listAttributes() {
    return attributes().getOrDefault(name(), Map.of());
  }

  /**
   * Sets an attribute of the output's node.
   *
   * @param key its name, between double underscores
   * @param value its value
   */
  public void setAttribute(String key, String value) {
    SymbolNatives.setAttribute(handle, key, value);
    Reference.reachabilityFence(this);
  }

  /**
   * All attributes of all nodes: MXNet's {@code attr_dict}.
   *
   * @return by node's name, then by attribute's name
   */
  public Map<String, Map<String, String>> attributes() {
    String[] triples = SymbolNatives.attributes(handle);
    Reference.reachabilityFence(this);
    Map<String, Map<String, String>> result = new LinkedHashMap<>();
    for (int i = 0; i < triples.length; i += 3) {
      result.computeIfAbsent(triples[i], k -> new TreeMap<>()).put(triples[i + 1], triples[i + 2]);
    }
    return result;
  }

  // Inference.

  /**
   * Shapes that inference found; extents, or whole shapes, that it could not find are unknown.
   *
   * @param arguments by name, in order; those of unknown rank are left out
   * @param outputs by name, in order; those of unknown rank are left out
   * @param auxiliary by name, in order; those of unknown rank are left out
   * @param complete whether everything is known
   */
  public record Shapes(
      Map<String, Shape> arguments,
      Map<String, Shape> outputs,
      Map<String, Shape> auxiliary,
      boolean complete) {}

  /**
   * Element types that inference found; those that it could not find are left out.
   *
   * @param arguments by name, in order
   * @param outputs by name, in order
   * @param auxiliary by name, in order
   */
  public record Types(
      Map<String, DType> arguments, Map<String, DType> outputs, Map<String, DType> auxiliary) {}

  /**
   * Infers all shapes that follow from some, forwards and backwards.
   *
   * @param known shapes by argument's name; extents may be -1 for unknown
   * @return what was found
   * @throws IllegalArgumentException if shapes clash, naming the node
   */
  public Shapes inferShapes(Map<String, Shape> known) {
    long[][] dims = new long[known.size()][];
    int at = 0;
    for (Shape shape : known.values()) {
      dims[at++] = shape.dims();
    }
    long[][][] found = SymbolNatives.inferShapes(handle, known.keySet().toArray(NONE), dims);
    Reference.reachabilityFence(this);
    boolean complete = true;
    List<Map<String, Shape>> maps = new ArrayList<>();
    for (int what = 0; what < 3; what++) {
      List<String> names = list(what == 0 ? 0 : what == 1 ? 2 : 1);
      Map<String, Shape> map = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        if (found[what][i] == null) {
          complete = false;
        } else {
          Shape shape = Shape.of(found[what][i]);
          complete &= shape.isKnown();
          map.put(names.get(i), shape);
        }
      }
      maps.add(map);
    }
    return new Shapes(maps.get(0), maps.get(1), maps.get(2), complete);
  }

  /**
   * Infers all element types that follow from some.
   *
   * @param known by argument's name
   * @return what was found
   * @throws IllegalArgumentException if types clash, naming the node
   */
  public Types inferTypes(Map<String, DType> known) {
    int[] codes = new int[known.size()];
    int at = 0;
    for (DType dtype : known.values()) {
      codes[at++] = dtype.code();
    }
    int[][] found = SymbolNatives.inferTypes(handle, known.keySet().toArray(NONE), codes);
    Reference.reachabilityFence(this);
    List<Map<String, DType>> maps = new ArrayList<>();
    for (int what = 0; what < 3; what++) {
      List<String> names = list(what == 0 ? 0 : what == 1 ? 2 : 1);
      Map<String, DType> map = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        if (found[what][i] >= 0) {
          map.put(names.get(i), DType.ofCode(found[what][i]));
        }
      }
      maps.add(map);
    }
    return new Types(maps.get(0), maps.get(1), maps.get(2));
  }

  /**
   * The network as a table: layers, shapes, numbers of parameters.
   *
   * @param inputs shapes of the inputs, by name
   * @return lines of text
   * @throws IllegalArgumentException if shapes clash
   */
  public String summary(Map<String, Shape> inputs) {
    return org.tenon.viz.Summary.of(this, inputs);
  }

  // Files.

  /**
   * This symbol in MXNet's JSON.
   *
   * @return the text
   */
  public String toJson() {
    String json = SymbolNatives.toJson(handle);
    Reference.reachabilityFence(this);
    return json;
  }

  /**
   * Reads a symbol from MXNet's JSON.
   *
   * @param json the text
   * @return a new symbol
   * @throws java.io.UncheckedIOException if it is no such text
   */
  public static Symbol fromJson(String json) {
    return wrap(SymbolNatives.fromJson(json, "JSON"));
  }

  /**
   * Loads a symbol from a file of MXNet's JSON.
   *
   * @param file where from
   * @return a new symbol
   * @throws java.io.UncheckedIOException if the file is missing or corrupt
   */
  public static Symbol load(Path file) {
    return wrap(SymbolNatives.load(file.toString()));
  }

  /**
   * Saves as MXNet's JSON. The file is replaced as a whole.
   *
   * @param file where
   * @throws java.io.UncheckedIOException if that fails
   */
  public void save(Path file) {
    SymbolNatives.save(handle, file.toString());
    Reference.reachabilityFence(this);
  }

  /** The name, or the outputs' names of a group. */
  @Override
  public String toString() {
    if (isClosed()) {
      return "<Symbol, closed>";
    }
    String name = name();
    return "<Symbol "
        + (name.isEmpty() ? Arrays.toString(listOutputs().toArray(NONE)) : name)
        + ">";
  }
}
