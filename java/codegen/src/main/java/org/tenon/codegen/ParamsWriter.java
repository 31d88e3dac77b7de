package org.tenon.codegen;

import java.util.List;

/** Writes one operator's parameter class. */
final class ParamsWriter {
  private final OpModel op;
  private final StringBuilder out = new StringBuilder();

  private ParamsWriter(OpModel op) {
    this.op = op;
  }

  static String write(OpModel op) {
    return new ParamsWriter(op).write();
  }

  private String write() {
    out.append("package org.tenon.op;\n\n");
    boolean dtype = op.params().stream().anyMatch(p -> p.kind().equals("DType"));
    boolean shape = op.params().stream().anyMatch(p -> p.kind().equals("Shape"));
    if (dtype) {
      out.append("import org.tenon.DType;\n");
    }
    if (shape) {
      out.append("import org.tenon.Shape;\n");
    }
    out.append(dtype || shape ? "\n" : "");
    out.append("/**\n * Parameters of the operator {@code ")
        .append(op.name())
        .append("}.\n *\n * <p>");
    out.append(Javadoc.lines(Javadoc.sentence(op.doc(), op.name()), " *").substring(3));
    out.append(" *\n * @param <V> {@link org.tenon.NDArray} or {@link org.tenon.Symbol}\n */\n");
    out.append("public final class ").append(op.type()).append("<V> extends OpParams<V, ");
    out.append(op.type()).append("<V>> {\n");
    out.append("  /** Nothing set. */\n  public ").append(op.type()).append("() {\n    super(");
    out.append(op.params().size()).append(", ").append(op.inputs().size()).append(");\n  }\n\n");
    out.append("  @Override\n  ").append(op.type()).append("<V> self() {\n    return this;\n  }\n");
    for (int i = 0; i < op.inputs().size(); i++) {
      if (!op.inputs().get(i).required()) {
        input(i, op.inputs().get(i));
      }
    }
    for (int i = 0; i < op.params().size(); i++) {
      param(i, op.params().get(i));
    }
    return out.append("}\n").toString();
  }

  private void input(int index, OpModel.Input input) {
    String text = Javadoc.sentence(input.doc(), "The input " + input.name());
    method(
        Names.method(input.name()),
        "V value",
        text + "\n",
        "the input",
        "input(" + index + ", value)");
  }

  private void param(int index, OpModel.Param param) {
    String text = Javadoc.sentence(param.doc(), "The parameter " + param.name());
    text += param.required() ? "\nRequired." : "\nDefault: {@code " + param.defaultText() + "}.";
    String name = Names.method(param.name());
    String put = "value(" + index + ", ";
    switch (param.kind()) {
      case "int" -> method(name, "int value", text, "the value", put + "value)");
      case "long" -> method(name, "long value", text, "the value", put + "value)");
      case "float", "double" -> method(name, "double value", text, "the value", put + "value)");
      case "boolean" -> method(name, "boolean value", text, "the value", put + "value)");
      case "string" -> method(name, "String value", text, "the value", put + "value)");
      case "DType" -> method(name, "DType value", text, "the element type", put + "value)");
      case "Shape" -> {
        method(name, "long... values", text, "the numbers, in order", put + "tuple(values))");
        method(name, "Shape shape", text, "the numbers, in order", put + "tuple(shape.toArray()))");
      }
      case "doubles" ->
          method(name, "double... values", text, "the numbers", put + "tuple(values))");
      case "enum" -> option(index, param, text);
      default -> {
        // Any other tuple of integers, in which None may stand.
        text += "\n{@link #NONE} stands for None.";
        method(name, "long... values", text, "the numbers, in order", put + "tuple(values))");
      }
    }
  }

  private void option(int index, OpModel.Param param, String text) {
    String type = Names.type(param.name());
    out.append("\n  /** Values of {@code ").append(param.name()).append("}. */\n");
    out.append("  public enum ").append(type).append(" {\n");
    List<String> options = param.options();
    for (int i = 0; i < options.size(); i++) {
      out.append("    /** {@code ").append(options.get(i)).append("}. */\n    ");
      out.append(Names.constant(options.get(i))).append("(\"").append(options.get(i)).append("\")");
      out.append(i + 1 < options.size() ? ",\n" : ";\n");
    }
    out.append("\n    private final String text;\n\n    ").append(type);
    out.append("(String text) {\n      this.text = text;\n    }\n\n");
    out.append("    /** As MXNet spells it. */\n    @Override\n    public String toString() {\n");
    out.append("      return text;\n    }\n  }\n");
    String name = Names.method(param.name());
    method(name, type + " value", text, "the value", "value(" + index + ", value)");
  }

  private void method(String name, String argument, String doc, String argumentDoc, String body) {
    String variable = argument.substring(argument.lastIndexOf(' ') + 1);
    out.append("\n  /**\n").append(Javadoc.lines(doc.strip(), "   *")).append("   *\n   * @param ");
    out.append(variable)
        .append(' ')
        .append(argumentDoc)
        .append("\n   * @return this\n   */\n  public ");
    out.append(op.type())
        .append("<V> ")
        .append(name)
        .append('(')
        .append(argument)
        .append(") {\n    ");
    out.append(body).append(";\n    return this;\n  }\n");
  }
}
