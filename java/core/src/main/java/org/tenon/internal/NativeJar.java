package org.tenon.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A jar that carries libraries, on the class path: its folder of resources holds them, a list of
 * their names, and one hash of their contents.
 */
final class NativeJar implements LibraryCache.Filler {
  private final ClassLoader loader;
  private final String folder;
  private final String key;

  private NativeJar(ClassLoader loader, String folder, String key) {
    this.loader = loader;
    this.folder = folder;
    this.key = key;
  }

  static String keyResource(String platform) {
    return folder(platform) + "content.key";
  }

  private static String folder(String platform) {
    return "META-INF/tenon/" + platform + "/";
  }

  /** The jar of that classifier; null if it is not on the class path. */
  static NativeJar find(ClassLoader loader, String platform) throws IOException {
    try (InputStream in = loader.getResourceAsStream(keyResource(platform))) {
      return in == null
          ? null
          : new NativeJar(
              loader,
              folder(platform),
              new String(in.readAllBytes(), StandardCharsets.UTF_8).trim());
    }
  }

  String key() {
    return key;
  }

  @Override
  public void fill(Path target) throws IOException {
    try (InputStream list = open("files")) {
      String names = new String(list.readAllBytes(), StandardCharsets.UTF_8).trim();
      for (String name : names.split("\n")) {
        try (InputStream in = open(name)) {
          Files.copy(in, target.resolve(name));
        }
      }
    }
  }

  private InputStream open(String name) throws IOException {
    InputStream in = loader.getResourceAsStream(folder + name);
    if (in == null) {
      throw new IOException("the native jar lacks " + folder + name);
    }
    return in;
  }
}
