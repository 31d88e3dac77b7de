package org.tenon.viz;

import java.util.Map;
import org.tenon.Shape;
import org.tenon.Symbol;

/**
 * A network in Graphviz's language: MXNet's {@code mx.viz.plot_network}. {@code dot -Tsvg} makes a
 * picture of it.
 */
public final class Graphviz {
  private Graphviz() {}

  /** Without shapes. */
  public static String dot(Symbol symbol) {
    return dot(symbol, Map.of());
  }

  /**
   * Layers as boxes from bottom to top, arrows labelled with shapes. Parameters are left out.
   *
   * @param symbol the network
   * @param inputs shapes of its inputs; empty for none on the arrows
   * @throws IllegalArgumentException if shapes clash
   */
  public static String dot(Symbol symbol, Map<String, Shape> inputs) {
    Graph graph = new Graph(symbol, inputs);
    StringBuilder text = new StringBuilder("digraph network {\n  rankdir=BT;\n");
    text.append("  node [shape=box, style=filled, fontname=\"Helvetica\"];\n");
    for (Graph.Node node : graph.nodes) {
      if (Graph.isParameter(node)) {
        continue;
      }
      text.append("  n").append(node.id()).append(" [label=").append(quoted(label(graph, node)));
      text.append(", fillcolor=\"").append(color(node)).append("\"];\n");
      for (Graph.Input input : node.inputs()) {
        Graph.Node source = graph.nodes.get(input.node());
        if (Graph.isParameter(source)) {
          continue;
        }
        text.append("  n").append(source.id()).append(" -> n").append(node.id());
        Shape shape = graph.shapeOf(source);
        if (shape != null) {
          text.append(" [label=").append(quoted(shape.toString())).append(']');
        }
        text.append(";\n");
      }
    }
    return text.append("}\n").toString();
  }

  private static String label(Graph graph, Graph.Node node) {
    if (node.isVariable()) {
      return node.name();
    }
    Map<String, String> attributes = graph.attributes.getOrDefault(node.name(), Map.of());
    StringBuilder label = new StringBuilder(node.name()).append('\n').append(node.op());
    for (String key :
        new String[] {"kernel", "stride", "num_filter", "num_hidden", "pool_type", "act_type"}) {
      String value = attributes.get(key);
      if (value != null) {
        label.append('\n').append(key).append(' ').append(value);
      }
    }
    return label.toString();
  }

  private static String color(Graph.Node node) {
    if (node.isVariable()) {
      return "#8dd3c7";
    }
    return switch (node.op()) {
      case "Convolution", "Deconvolution", "FullyConnected" -> "#fb8072";
      case "Pooling" -> "#80b1d3";
      case "Activation", "LeakyReLU", "softmax" -> "#ffffb3";
      case "BatchNorm", "LayerNorm" -> "#bebada";
      case "Concat", "Flatten", "Reshape" -> "#fdb462";
      default -> "#fccde5";
    };
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
