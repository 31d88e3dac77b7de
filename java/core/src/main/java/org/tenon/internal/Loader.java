package org.tenon.internal;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds and loads {@code libtenon.so}, once; the order of places is written in this package's
 * description.
 */
public final class Loader {
  private static final String LIBRARY = "libtenon.so";
  private static final String PLATFORM = "linux-x86_64";
  private static final String CUDA_PLATFORM = PLATFORM + "-cuda13";

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
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      throw e.getMessage() != null
              && e.getMessage().contains("already loaded in another classloader")
          ? belongsToAnother(e)
          : e;
    }
  }

  /** The JVM gives a library to one class loader, once. */
  private static UnsatisfiedLinkError belongsToAnother(UnsatisfiedLinkError cause) {
    UnsatisfiedLinkError error =
        new UnsatisfiedLinkError(
            "Tenon is loaded by two class loaders, and its native library "
                + file
                + " can belong to one of them only. Put Tenon's jars where both see the same"
                + " classes: on the class path of the program or server, not in each application.");
    error.initCause(cause);
    return error;
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

  /**
   * Unpacks the library, beside it the CUDA library where that one's jar is there, too, and
   * NVIDIA's libraries where theirs are.
   */
  private static boolean fromJar(StringBuilder tried) {
    ClassLoader loader = Loader.class.getClassLoader();
    try {
      NativeJar core = NativeJar.find(loader, PLATFORM);
      if (core == null) {
        tried.append("\n  class path: no resource ").append(NativeJar.keyResource(PLATFORM));
        return false;
      }
      NativeJar cuda = NativeJar.find(loader, CUDA_PLATFORM);
      Path folder =
          cuda == null ? LibraryCache.get(core.key(), core) : withCuda(loader, core, cuda);
      open(folder.resolve(LIBRARY));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "unpacking Tenon's native library into "
              + LibraryCache.folder()
              + " (change it with -Dtenon.cache)",
          e);
    }
  }

  private static Path withCuda(ClassLoader loader, NativeJar core, NativeJar cuda)
      throws IOException {
    CudaJars nvidia = CudaJars.find(loader);
    String key = core.key() + "-" + cuda.key();
    // Not inside the other: one lock guards the cache.
    Path libraries = nvidia == null ? null : nvidia.unpacked();
    return LibraryCache.get(
        nvidia == null ? key : key + "-" + nvidia.key(),
        folder -> {
          core.fill(folder);
          cuda.fill(folder);
          if (nvidia != null) {
            nvidia.linkFrom(folder, libraries);
          }
        });
  }
}
