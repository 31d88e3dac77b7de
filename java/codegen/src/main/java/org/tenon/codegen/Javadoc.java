package org.tenon.codegen;

/** Plain text made fit for Javadoc. */
final class Javadoc {
  private static final int WIDTH = 90;

  private Javadoc() {}

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("@", "&#64;")
        .replace("{", "&#123;")
        .replace("}", "&#125;")
        .replace("*/", "*&#47;")
        .replace("\\", "&#92;");
  }

  /** Escaped, with a full stop. */
  static String sentence(String text, String otherwise) {
    String given = text == null || text.isBlank() ? otherwise : text.strip();
    String end = given.endsWith(".") || given.endsWith(":") ? "" : ".";
    return escaped(given) + end;
  }

  /** Text as lines of a comment that begin with {@code prefix}. */
  static String lines(String text, String prefix) {
    StringBuilder out = new StringBuilder();
    for (String paragraph : text.split("\n")) {
      StringBuilder line = new StringBuilder(prefix);
      for (String word : paragraph.split(" ")) {
        if (line.length() + 1 + word.length() > WIDTH && line.length() > prefix.length()) {
          out.append(line).append('\n');
          line = new StringBuilder(prefix);
        }
        line.append(' ').append(word);
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }
}
