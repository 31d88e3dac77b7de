package org.tenon.viz;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tenon.Shape;
import org.tenon.Symbol;
import org.tenon.internal.GraphNatives;
import org.tenon.internal.NativeObject;

/** A symbol's nodes, as pictures and tables want them. */
final class Graph {
  /**
   * A node.
   *
   * @param id its number
   * @param name its name
   * @param op its operator; null for a variable
   * @param inputs what it takes
   * @param auxiliary whether it is an auxiliary state
   */
  record Node(int id, String name, String op, List<Input> inputs, boolean auxiliary) {
    boolean isVariable() {
      return op == null;
    }
  }

  /**
   * What a node takes.
   *
   * @param node number of the node
   * @param output which of its outputs
   */
  record Input(int node, int output) {}

  final List<Node> nodes = new ArrayList<>();
  final Map<String, Map<String, String>> attributes;
  private final Map<String, Shape> shapes;

  /**
   * Reads a symbol.
   *
   * @param known shapes of inputs; empty for a graph without shapes
   */
  Graph(Symbol symbol, Map<String, Shape> known) {
    String[][] rows = GraphNatives.nodes(NativeObject.handleOf(symbol));
    Reference.reachabilityFence(symbol);
    for (int id = 0; id < rows.length; id++) {
      List<Input> inputs = new ArrayList<>();
      for (String input : rows[id][2].isEmpty() ? new String[0] : rows[id][2].split(" ")) {
        int colon = input.indexOf(':');
        inputs.add(
            new Input(
                Integer.parseInt(input.substring(0, colon)),
                Integer.parseInt(input.substring(colon + 1))));
      }
      String op = rows[id][1].equals("null") ? null : rows[id][1];
      nodes.add(new Node(id, rows[id][0], op, inputs, rows[id][3].equals("aux")));
    }
    attributes = symbol.attributes();
    shapes = known.isEmpty() ? Map.of() : internalShapes(symbol, known);
  }

  private static Map<String, Shape> internalShapes(Symbol symbol, Map<String, Shape> known) {
    try (Symbol internals = symbol.internals()) {
      return internals.inferShapes(known).outputs();
    }
  }

  /** The shape of a node's first output; null if it is not known. */
  Shape shapeOf(Node node) {
    for (String ending : new String[] {"", "_output", "_output0"}) {
      Shape shape = shapes.get(node.name() + ending);
      if (shape != null) {
        return shape;
      }
    }
    String prefix = node.name() + "_";
    return shapes.entrySet().stream()
        .filter(entry -> !node.isVariable() && entry.getKey().startsWith(prefix))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  /**
   * Whether a variable is a parameter: one that no shape was given for, by MXNet's name endings.
   */
  static boolean isParameter(Node node) {
    String name = node.name();
    return node.isVariable()
        && (node.auxiliary()
            || name.endsWith("weight")
            || name.endsWith("bias")
            || name.endsWith("gamma")
            || name.endsWith("beta"));
  }
}
