package org.tenon.module;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tenon.initializer.Initializer;

/**
 * Reads a variable's {@code __init__} attribute, as MXNet writes it: {@code ["uniform", {"scale":
 * 0.07}]}, or the name alone.
 */
final class InitAttribute {
  private static final Pattern NAME = Pattern.compile("\\w+");
  private static final Pattern WHOLE =
      Pattern.compile("\\s*\\[\\s*\"(\\w+)\"\\s*,\\s*\\{(.*)\\}\\s*\\]\\s*");
  private static final Pattern ARGUMENT = Pattern.compile("\"(\\w+)\"\\s*:\\s*\"?([^\",}]*)\"?");

  private InitAttribute() {}

  static Initializer parse(String variable, String text) {
    if (NAME.matcher(text).matches()) {
      return Initializer.create(text, Map.of());
    }
    Matcher whole = WHOLE.matcher(text);
    if (!whole.matches()) {
      throw new IllegalArgumentException(
          "attribute __init__ of '"
              + variable
              + "' is '"
              + text
              + "', expected [\"name\", {arguments}]");
    }
    Map<String, String> arguments = new LinkedHashMap<>();
    Matcher argument = ARGUMENT.matcher(whole.group(2));
    while (argument.find()) {
      arguments.put(argument.group(1), argument.group(2).strip());
    }
    return Initializer.create(whole.group(1), arguments);
  }
}
