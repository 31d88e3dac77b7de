package org.tenon.internal;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Finds and loads {@code libtenon.so}, once; the order of places is written in this package's
 * description.
 */
public final class Loader {
  private static final String LIBRARY = "libtenon.so";
  private static final String PLATFORM = "linux-x86_64";
  private static final String RESOURCES = "META-INF/tenon/" + PLATFORM + "/";

  private static volatile boolean loaded;
  private static Path file;

  private Loader() {}

  /**
   * Loads the library if that has not happened yet.
   *
   * @throws UnsatisfiedLinkError if it cannot be loaded, listing each place tried
   */
  public static void load() {
    if (!loaded) {
      loadOnce();
    }
  }

  /**
   * The library that was loaded; loads it if that has not happened yet.
   *
   * @return its path
   */
  public static Path file() {
    load();
    return file;
  }

  private static void open(Path library) {
    file = library.toAbsolutePath();
    System.load(file.toString());
  }

  private static synchronized void loadOnce() {
    if (loaded) {
      return;
    }
    checkMachine();
    StringBuilder tried = new StringBuilder();
    if (!fromProperty(tried) && !fromLibraryPath(tried) && !fromJar(tried)) {
      throw new UnsatisfiedLinkError(
          "Tenon's native library was not found. Tried:"
              + tried
              + "\nAdd org.tenon:tenon-native with the classifier "
              + PLATFORM
              + ", or set -Dtenon.library.path.");
    }
    String debug = System.getProperty("tenon.debug");
    if (debug != null) {
      RuntimeNatives.setDebug(debug.isEmpty() || Boolean.parseBoolean(debug));
    }
    loaded = true;
  }

  private static void checkMachine() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    if (!"Linux".equals(os) || !("amd64".equals(arch) || "x86_64".equals(arch))) {
      throw new UnsatisfiedLinkError(
          "Tenon runs on Linux on x86_64; this is " + os + " on " + arch);
    }
    String flags = cpuFlags();
    if (flags != null && !(" " + flags + " ").contains(" avx2 ")) {
      throw new UnsatisfiedLinkError(
          "Tenon needs a processor with AVX2; /proc/cpuinfo lists the flags: " + flags);
    }
  }

  /** The first processor's flags; null if they cannot be read. */
  private static String cpuFlags() {
    byte[] text = new byte[8192];
    int count;
    try (InputStream in = Files.newInputStream(Path.of("/proc/cpuinfo"))) {
      count = in.readNBytes(text, 0, text.length);
    } catch (IOException e) {
      return null;
    }
    String info = new String(text, 0, count, StandardCharsets.ISO_8859_1);
    int at = info.indexOf("\nflags");
    int from = at < 0 ? -1 : info.indexOf(':', at);
    int to = from < 0 ? -1 : info.indexOf('\n', from);
    return to < 0 ? null : info.substring(from + 1, to).trim();
  }

  private static boolean fromProperty(StringBuilder tried) {
    String given = System.getProperty("tenon.library.path");
    if (given == null) {
      tried.append("\n  -Dtenon.library.path: not set");
      return false;
    }
    Path library = Path.of(given);
    if (Files.isDirectory(library)) {
      library = library.resolve(LIBRARY);
    }
    if (!Files.isRegularFile(library)) {
      throw new UnsatisfiedLinkError(
          "-Dtenon.library.path is " + given + ": there is no file " + library);
    }
    open(library);
    return true;
  }

  private static boolean fromLibraryPath(StringBuilder tried) {
    String folders = System.getProperty("java.library.path", "");
    int from = 0;
    while (from <= folders.length()) {
      int to = folders.indexOf(File.pathSeparatorChar, from);
      String folder = folders.substring(from, to < 0 ? folders.length() : to);
      File library = new File(folder, LIBRARY);
      if (!folder.isEmpty() && library.isFile()) {
        open(library.toPath());
        return true;
      }
      from = to < 0 ? folders.length() + 1 : to + 1;
    }
    tried.append("\n  java.library.path (").append(folders).append("): no ").append(LIBRARY);
    return false;
  }

  private static boolean fromJar(StringBuilder tried) {
    ClassLoader loader = Loader.class.getClassLoader();
    String key;
    try (InputStream in = loader.getResourceAsStream(RESOURCES + "content.key")) {
      if (in == null) {
        tried.append("\n  class path: no resource ").append(RESOURCES).append("content.key");
        return false;
      }
      key = new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
    } catch (IOException e) {
      throw new UncheckedIOException("reading Tenon's native jar", e);
    }
    Path folder = cacheFolder().resolve(key);
    try {
      if (!Files.isRegularFile(folder.resolve(LIBRARY))) {
        unpack(loader, folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "unpacking Tenon's native library into " + folder + " (change it with -Dtenon.cache)", e);
    }
    open(folder.resolve(LIBRARY));
    return true;
  }

  private static Path cacheFolder() {
    String given = System.getProperty("tenon.cache");
    if (given != null) {
      return Path.of(given);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isEmpty()) {
      return Path.of(xdg, "tenon");
    }
    return Path.of(System.getProperty("user.home"), ".cache", "tenon");
  }

  /**
   * Unpacks all libraries into a folder beside the target and renames it, under a lock: other
   * processes see nothing or everything.
   */
  private static void unpack(ClassLoader loader, Path target) throws IOException {
    Path cache = target.getParent();
    Files.createDirectories(cache);
    try (RandomAccessFile lockFile = new RandomAccessFile(cache.resolve("lock").toFile(), "rw");
        FileLock lock = lockFile.getChannel().lock()) {
      if (!lock.isValid() || Files.isRegularFile(target.resolve(LIBRARY))) {
        return;
      }
      Path fresh = Files.createTempDirectory(cache, "unpacking");
      for (String file : fileNames(loader)) {
        try (InputStream in = loader.getResourceAsStream(RESOURCES + file)) {
          if (in == null) {
            throw new IOException("the native jar lacks " + RESOURCES + file);
          }
          Files.copy(in, fresh.resolve(file));
        }
      }
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static String[] fileNames(ClassLoader loader) throws IOException {
    try (InputStream in = loader.getResourceAsStream(RESOURCES + "files")) {
      if (in == null) {
        throw new IOException("the native jar lacks " + RESOURCES + "files");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).trim().split("\n");
    }
  }
}
