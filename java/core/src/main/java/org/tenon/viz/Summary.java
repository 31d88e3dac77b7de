package org.tenon.viz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tenon.Shape;
import org.tenon.Symbol;

/** A network as a table: MXNet's {@code mx.viz.print_summary}. */
public final class Summary {
  private static final String[] TITLES = {
    "Layer (type)", "Output Shape", "Param #", "Previous Layer"
  };

  private Summary() {}

  /**
   * A line for each layer with its output's shape, its parameters' count and what it takes, then
   * the total.
   *
   * @param symbol the network
   * @param inputs shapes of its inputs; empty for a table without shapes and counts
   * @throws IllegalArgumentException if shapes clash
   */
  public static String of(Symbol symbol, Map<String, Shape> inputs) {
    Graph graph = new Graph(symbol, inputs);
    List<String[]> rows = new ArrayList<>();
    long total = 0;
    for (Graph.Node node : graph.nodes) {
      if (Graph.isParameter(node)) {
        continue;
      }
      List<String> previous = new ArrayList<>();
      long count = 0;
      for (Graph.Input input : node.inputs()) {
        Graph.Node source = graph.nodes.get(input.node());
        if (!Graph.isParameter(source)) {
          previous.add(source.name());
          continue;
        }
        Shape shape = graph.shapeOf(source);
        count += shape == null ? 0 : shape.size();
      }
      total += count;
      Shape shape = graph.shapeOf(node);
      String type = node.isVariable() ? "input" : node.op();
      rows.add(
          new String[] {
            node.name() + " (" + type + ")",
            shape == null ? "" : shape.toString(),
            String.format(Locale.ROOT, "%,d", count),
            String.join(", ", previous)
          });
    }
    return table(rows) + String.format(Locale.ROOT, "Total params: %,d%n", total);
  }

  private static String table(List<String[]> rows) {
    int[] widths = new int[TITLES.length];
    for (int column = 0; column < TITLES.length; column++) {
      widths[column] = TITLES[column].length();
      for (String[] row : rows) {
        widths[column] = Math.max(widths[column], row[column].length());
      }
    }
    int whole = widths[0] + widths[1] + widths[2] + widths[3] + 6;
    StringBuilder text = new StringBuilder();
    append(text, TITLES, widths);
    text.append("=".repeat(whole)).append(System.lineSeparator());
    rows.forEach(row -> append(text, row, widths));
    text.append("=".repeat(whole)).append(System.lineSeparator());
    return text.toString();
  }

  private static void append(StringBuilder text, String[] row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < row.length; column++) {
      String padding = " ".repeat(widths[column] - row[column].length());
      // Numbers are read from the right.
      line.append(column == 2 ? padding + row[column] : row[column] + padding).append("  ");
    }
    text.append(line.toString().stripTrailing()).append(System.lineSeparator());
  }
}
