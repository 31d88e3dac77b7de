package org.tenon.codegen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the operators' classes. Files that would not change are left alone, so that nothing is
 * rebuilt.
 */
public final class Main {
  private Main() {}

  /**
   * Runs.
   *
   * @param args the registry's dump and the folder for the sources
   * @throws IOException if reading or writing fails
   */
  public static void main(String[] args) throws IOException {
    generate(Path.of(args[0]), Path.of(args[1]));
  }

  static void generate(Path dump, Path folder) throws IOException {
    List<OpModel> ops = OpModel.readAll(Files.readString(dump, StandardCharsets.UTF_8));
    checkNames(ops);
    Path packageFolder = folder.resolve("org/tenon");
    Set<Path> written = new HashSet<>();
    written.add(write(packageFolder.resolve("Ops.java"), OpsWriter.write(ops)));
    for (OpModel op : ops) {
      if (op.hasParams()) {
        written.add(
            write(packageFolder.resolve("op/" + op.type() + ".java"), ParamsWriter.write(op)));
      }
    }
    try (Stream<Path> old = Files.walk(folder)) {
      for (Path file : old.filter(Files::isRegularFile).toList()) {
        if (!written.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  private static void checkNames(List<OpModel> ops) {
    Map<String, String> seen = new HashMap<>();
    for (OpModel op : ops) {
      String other = seen.put(op.method(), op.name());
      if (other != null) {
        throw new IllegalArgumentException(
            "operators "
                + other
                + " and "
                + op.name()
                + " would both be the method "
                + op.method());
      }
    }
  }

  private static Path write(Path file, String text) throws IOException {
    if (!Files.exists(file) || !Files.readString(file, StandardCharsets.UTF_8).equals(text)) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text, StandardCharsets.UTF_8);
    }
    return file;
  }
}
