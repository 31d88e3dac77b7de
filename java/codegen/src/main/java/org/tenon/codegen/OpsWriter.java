package org.tenon.codegen;

import java.util.ArrayList;
import java.util.List;

/** Writes the class {@code Ops}. */
final class OpsWriter {
  private final StringBuilder out = new StringBuilder();
  private String name;
  private String called;

  private OpsWriter() {}

  static String write(List<OpModel> ops) {
    return new OpsWriter().writeAll(ops);
  }

  private String writeAll(List<OpModel> ops) {
    out.append("package org.tenon;\n\nimport java.util.List;\nimport java.util.Objects;\n");
    out.append("import java.util.function.Consumer;\nimport org.tenon.internal.Given;\n");
    out.append("import org.tenon.internal.OpSpec;\n\n");
    out.append(
        "/**\n * All operators, on arrays and on symbols. What an operator needs stands in its method's\n");
    out.append(" * parameters; everything else is set in a lambda:\n *\n");
    out.append(
        " * <pre>{@code\n * Symbol conv1 = Ops.convolution(\"conv1\", data, p -> p.kernel(5, 5).numFilter(20));\n");
    out.append(" * NDArray y = Ops.relu(x);\n * }</pre>\n *\n");
    out.append(
        " * <p>Where a symbol's name is not given, it is made of MXNet's name of what was called, in lower\n * case, and a number: {@code convolution0}.\n */\n");
    out.append("public final class Ops {\n  private Ops() {}\n");
    for (OpModel op : ops) {
      spec(op);
      operator(op, op.method(), op.called());
      op.aliases().forEach((method, alias) -> operator(op, method, alias));
    }
    return out.append("}\n").toString();
  }

  private void spec(OpModel op) {
    List<String> params = new ArrayList<>();
    for (OpModel.Param param : op.params()) {
      String text = param.name();
      if (param.dynamic()) {
        text += "=" + number(param);
      }
      params.add(text);
    }
    List<String> inputs = op.inputs().stream().map(OpModel.Input::name).toList();
    out.append("\n  private static final class ").append(op.type()).append("Op {\n");
    out.append("    static final OpSpec SPEC =\n        new OpSpec(\"")
        .append(op.name())
        .append("\", \"");
    out.append(String.join(",", inputs)).append("\", \"").append(String.join(",", params));
    out.append("\");\n  }\n");
  }

  private static String number(OpModel.Param param) {
    if (param.required()) {
      return "NaN";
    }
    return switch (param.defaultText()) {
      case "true", "True" -> "1";
      case "false", "False" -> "0";
      default -> Double.toString(Double.parseDouble(param.defaultText()));
    };
  }

  private void operator(OpModel op, String method, String calledName) {
    name = method;
    called = calledName;
    for (boolean lambda : new boolean[] {false, true}) {
      if (lambda || op.hasDefaults()) {
        if (op.variadic()) {
          variadic(op, lambda);
        } else {
          arrays(op, lambda);
          symbols(op, lambda, false);
          symbols(op, lambda, true);
        }
      }
    }
  }

  private void arrays(OpModel op, boolean lambda) {
    String spec = op.type() + "Op.SPEC";
    if (op.inputs().isEmpty()) {
      List<String> parameters = new ArrayList<>(List.of("Device device"));
      signature(op, lambda, "NDArray", "NDArray", parameters, false);
      prepare(op, lambda, "NDArray");
      out.append("    return OpCalls.make(").append(spec).append(lambda ? ", chosen" : ", null");
      out.append(", device);\n  }\n");
      return;
    }
    boolean plain = !lambda && op.inputs().stream().allMatch(OpModel.Input::required);
    boolean single = op.outputs() == 1 && !op.givesList();
    signature(
        op,
        lambda,
        "NDArray",
        op.givesList() ? "List<NDArray>" : "NDArray",
        inputs(op, "NDArray"),
        false);
    prepare(op, lambda, "NDArray");
    if (plain && single && op.inputs().size() <= 2) {
      out.append("    return OpCalls.").append(op.inputs().size() == 1 ? "unary(" : "binary(");
      out.append(spec).append(arguments(op)).append(");\n  }\n");
      return;
    }
    out.append("    return OpCalls.").append(op.givesList() ? "runAll(" : "run(").append(spec);
    out.append(lambda ? ", chosen" : ", null").append(arguments(op)).append(");\n  }\n");
    if (op.outputs() > 1 && !op.givesList()) {
      allOutputs(op, lambda);
    }
  }

  /** All outputs of an operator whose other outputs are seldom wanted. */
  private void allOutputs(OpModel op, boolean lambda) {
    signature(op, lambda, "NDArray", "List<NDArray>", inputs(op, "NDArray"), false, "Outputs");
    prepare(op, lambda, "NDArray");
    out.append("    return OpCalls.runAll(").append(op.type()).append("Op.SPEC");
    out.append(lambda ? ", chosen" : ", null").append(arguments(op)).append(");\n  }\n");
  }

  private void symbols(OpModel op, boolean lambda, boolean named) {
    if (op.inputs().isEmpty() && !named) {
      return;
    }
    signature(op, lambda, "Symbol", "Symbol", inputs(op, "Symbol"), named);
    prepare(op, lambda, "Symbol");
    out.append("    return OpCalls.compose(").append(op.type()).append("Op.SPEC, \"");
    out.append(called)
        .append("\", ")
        .append(named ? "name" : "\"\"")
        .append(lambda ? ", chosen" : ", null")
        .append(arguments(op));
    out.append(");\n  }\n");
  }

  private void variadic(OpModel op, boolean lambda) {
    String spec = op.type() + "Op.SPEC";
    String data = Names.method(op.inputs().get(0).name());
    boolean list = op.givesList();
    signature(
        op,
        lambda,
        "NDArray",
        list ? "List<NDArray>" : "NDArray",
        List.of("NDArray... " + data),
        false);
    prepare(op, lambda, "NDArray");
    out.append("    return OpCalls.")
        .append(list ? "runAllVariadic(" : "runVariadic(")
        .append(spec);
    out.append(lambda ? ", chosen" : ", null")
        .append(", Given.list(\"")
        .append(data)
        .append("\", ")
        .append(data)
        .append("));\n  }\n");
    for (boolean named : new boolean[] {false, true}) {
      signature(op, lambda, "Symbol", "Symbol", List.of("Symbol... " + data), named);
      prepare(op, lambda, "Symbol");
      out.append("    return OpCalls.composeVariadic(").append(spec).append(", \"");
      out.append(called)
          .append("\", ")
          .append(named ? "name" : "\"\"")
          .append(lambda ? ", chosen" : ", null");
      out.append(", Given.list(\"").append(data).append("\", ").append(data).append("));\n  }\n");
    }
  }

  private static List<String> inputs(OpModel op, String type) {
    List<String> inputs = new ArrayList<>();
    for (OpModel.Input input : op.inputs()) {
      if (input.required()) {
        inputs.add(type + " " + Names.method(input.name()));
      }
    }
    return inputs;
  }

  private static String arguments(OpModel op) {
    StringBuilder arguments = new StringBuilder();
    for (OpModel.Input input : op.inputs()) {
      String variable = Names.method(input.name());
      arguments.append(", ");
      if (input.required()) {
        arguments.append("Objects.requireNonNull(").append(variable).append(", \"");
        arguments.append(variable).append(" is null\")");
      } else {
        arguments.append("null");
      }
    }
    return arguments.toString();
  }

  /** The class whose object the lambda gets. */
  private static String params(OpModel op) {
    return "org.tenon.op." + (op.hasParams() ? op.type() : "NoParams");
  }

  private void prepare(OpModel op, boolean lambda, String type) {
    if (lambda) {
      out.append("    ").append(params(op)).append('<').append(type).append("> chosen = new ");
      out.append(params(op)).append("<>(");
      out.append(op.hasParams() ? "" : Integer.toString(op.inputs().size()));
      out.append(");\n    params.accept(chosen);\n");
    }
  }

  private void signature(
      OpModel op, boolean lambda, String type, String result, List<String> inputs, boolean named) {
    signature(op, lambda, type, result, inputs, named, "");
  }

  private void signature(
      OpModel op,
      boolean lambda,
      String type,
      String result,
      List<String> inputs,
      boolean named,
      String suffix) {
    List<String> parameters = new ArrayList<>(inputs);
    String consumer = "Consumer<" + params(op) + "<" + type + ">> params";
    if (lambda) {
      parameters.add(op.variadic() ? 0 : parameters.size(), consumer);
    }
    if (named) {
      parameters.add(0, "String name");
    }
    out.append("\n  /**\n").append(Javadoc.lines(Javadoc.sentence(op.doc(), op.name()), "   *"));
    out.append("   *\n");
    for (String parameter : parameters) {
      String variable = parameter.substring(parameter.lastIndexOf(' ') + 1);
      out.append("   * @param ")
          .append(variable)
          .append(' ')
          .append(describe(op, variable))
          .append('\n');
    }
    boolean list = result.startsWith("List");
    out.append("   * @return ")
        .append(type.equals("Symbol") ? "a new symbol" : list ? "the outputs" : "the output");
    out.append("\n   */\n  public static ").append(result).append(' ').append(name).append(suffix);
    out.append('(').append(String.join(", ", parameters)).append(") {\n");
  }

  private static String describe(OpModel op, String variable) {
    for (OpModel.Input input : op.inputs()) {
      if (input.required() && Names.method(input.name()).equals(variable)) {
        return Javadoc.sentence(input.doc(), "the input " + input.name());
      }
    }
    return switch (variable) {
      case "name" -> "the new node's name";
      case "params" ->
          op.hasParams()
              ? "sets what has no default, and what is to differ from its default"
              : "sets attributes, or where the result goes";
      default -> "where the result lives";
    };
  }
}
