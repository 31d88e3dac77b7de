package org.tenon.codegen;

import java.util.Locale;
import java.util.Set;

/** MXNet's names as Java's. */
final class Names {
  private static final Set<String> KEYWORDS =
      Set.of(
          "abstract",
          "assert",
          "boolean",
          "break",
          "byte",
          "case",
          "catch",
          "char",
          "class",
          "const",
          "continue",
          "default",
          "do",
          "double",
          "else",
          "enum",
          "extends",
          "final",
          "finally",
          "float",
          "for",
          "goto",
          "if",
          "implements",
          "import",
          "instanceof",
          "int",
          "interface",
          "long",
          "native",
          "new",
          "package",
          "private",
          "protected",
          "public",
          "return",
          "short",
          "static",
          "strictfp",
          "super",
          "switch",
          "synchronized",
          "this",
          "throw",
          "throws",
          "transient",
          "try",
          "void",
          "volatile",
          "while",
          "true",
          "false",
          "null",
          "wait",
          "notify",
          "self");

  private Names() {}

  /**
   * {@code broadcast_add} and {@code FullyConnected} as {@code broadcastAdd} and {@code
   * fullyConnected}.
   */
  static String method(String name) {
    StringBuilder out = new StringBuilder();
    for (String part : name.split("_")) {
      if (!part.isEmpty()) {
        String lower = lowerStart(part);
        out.append(out.length() == 0 ? lower : upperStart(lower));
      }
    }
    return KEYWORDS.contains(out.toString()) ? out + "_" : out.toString();
  }

  /** {@code broadcast_add} as {@code BroadcastAdd}. */
  static String type(String name) {
    String method = method(name);
    return upperStart(method.endsWith("_") ? method.substring(0, method.length() - 1) : method);
  }

  /** An enum's option as a constant: {@code add_relu} as {@code ADD_RELU}. */
  static String constant(String option) {
    String text = option.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]+", "_");
    return Character.isDigit(text.charAt(0)) ? "N" + text : text;
  }

  /**
   * A leading run of capitals in lower case, but for the one that begins the next word: svmOutput.
   */
  private static String lowerStart(String part) {
    int run = 0;
    while (run < part.length() && Character.isUpperCase(part.charAt(run))) {
      run++;
    }
    int lower =
        run > 1 && run < part.length() && Character.isLetter(part.charAt(run)) ? run - 1 : run;
    return part.substring(0, lower).toLowerCase(Locale.ROOT) + part.substring(lower);
  }

  private static String upperStart(String part) {
    return part.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1);
  }
}
