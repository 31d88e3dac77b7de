package org.tenon.codegen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON into maps, lists, strings, doubles, booleans and null. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  static Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.blanks();
    if (json.at != text.length()) {
      throw json.error("the end");
    }
    return value;
  }

  private Object value() {
    blanks();
    if (at == text.length()) {
      throw error("a value");
    }
    char c = text.charAt(at);
    if (c == '{') {
      return object();
    }
    if (c == '[') {
      return list();
    }
    if (c == '"') {
      return string();
    }
    if (c == '-' || Character.isDigit(c)) {
      return number();
    }
    if (word("true")) {
      return Boolean.TRUE;
    }
    if (word("false")) {
      return Boolean.FALSE;
    }
    if (word("null")) {
      return null;
    }
    throw error("a value");
  }

  private Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    if (next('}')) {
      return object;
    }
    do {
      blanks();
      String key = string();
      if (!next(':')) {
        throw error("':'");
      }
      object.put(key, value());
    } while (next(','));
    if (!next('}')) {
      throw error("'}'");
    }
    return object;
  }

  private List<Object> list() {
    List<Object> list = new ArrayList<>();
    at++;
    if (next(']')) {
      return list;
    }
    do {
      list.add(value());
    } while (next(','));
    if (!next(']')) {
      throw error("']'");
    }
    return list;
  }

  private String string() {
    if (at == text.length() || text.charAt(at) != '"') {
      throw error("a string");
    }
    StringBuilder out = new StringBuilder();
    for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
      char c = text.charAt(at);
      out.append(c == '\\' ? escape() : c);
    }
    if (at == text.length()) {
      throw error("'\"'");
    }
    at++;
    return out.toString();
  }

  private char escape() {
    at++;
    char c = at < text.length() ? text.charAt(at) : ' ';
    switch (c) {
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'r':
        return '\r';
      case 'b':
        return '\b';
      case 'f':
        return '\f';
      case 'u':
        if (at + 4 < text.length()) {
          at += 4;
          return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
        }
        throw error("four hexadecimal digits");
      case '"':
      case '\\':
      case '/':
        return c;
      default:
        throw error("an escape");
    }
  }

  private Double number() {
    int from = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return Double.valueOf(text.substring(from, at));
  }

  private boolean word(String word) {
    if (text.startsWith(word, at)) {
      at += word.length();
      return true;
    }
    return false;
  }

  private boolean next(char c) {
    blanks();
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void blanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException error(String expected) {
    return new IllegalArgumentException("JSON: expected " + expected + " at character " + at);
  }
}
