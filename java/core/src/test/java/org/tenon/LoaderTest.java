package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library is looked for where the description of org.tenon.internal says. */
class LoaderTest {
  /** Loads and prints a sum of zeros. */
  static final class Load {
    private Load() {}

    public static void main(String[] args) {
      System.out.println("loaded " + NDArray.zeros(3).toFloatArray().length);
    }
  }

  private static Path library() {
    Path given = Path.of(System.getProperty("tenon.library.path"));
    return Files.isDirectory(given) ? given.resolve("libtenon.so") : given;
  }

  /** A folder of the class path as the native jar looks from inside. */
  private static Path jarFolder(Path folder) throws IOException {
    Path inside = Files.createDirectories(folder.resolve("META-INF/tenon/linux-x86_64"));
    Files.copy(library(), inside.resolve("libtenon.so"));
    Files.writeString(inside.resolve("files"), "libtenon.so\n");
    Files.writeString(inside.resolve("content.key"), "0123456789abcdef\n");
    return folder;
  }

  /** Adds the CUDA library and NVIDIA's to a folder of the class path, as their jars hold them. */
  private static void addCuda(Path folder) throws IOException {
    Path inside = Files.createDirectories(folder.resolve("META-INF/tenon/linux-x86_64-cuda13"));
    Files.writeString(inside.resolve("libtenon_cuda.so"), "no library");
    Files.writeString(inside.resolve("files"), "libtenon_cuda.so\n");
    Files.writeString(inside.resolve("content.key"), "fedcba\n");
    Path nvidia = Files.createDirectories(folder.resolve("org/bytedeco/cuda/linux-x86_64"));
    Files.writeString(nvidia.resolve("libcudnn.so.9"), "cuDNN");
    Files.writeString(nvidia.resolve("libcudnn_ops.so.9"), "its operators");
    Files.writeString(nvidia.resolve("libcufft.so.12"), "not used");
  }

  private static Path jarOf(Path folder) throws IOException {
    Path jar = folder.resolveSibling(folder.getFileName() + ".jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(folder.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  /** Prints why there is no GPU, which names the file that was tried. */
  static final class WhyNoGpu {
    private WhyNoGpu() {}

    public static void main(String[] args) {
      System.out.println(Device.whyNoGpu());
    }
  }

  @Test
  void theCudaLibraryAndNvidiasAreUnpackedBesideIt(@TempDir Path folder) throws Exception {
    Path content = jarFolder(folder.resolve("content"));
    addCuda(content);
    for (Path place : List.of(content, jarOf(content))) {
      Path cache = folder.resolve("cache of " + place.getFileName());
      List<String> options =
          List.of(
              "-Djava.library.path=/nowhere", "-Dtenon.cache=" + cache, "-Dtenon.cuda.unpack=true");
      for (int run = 0; run < 2; run++) {
        String why = ChildJvm.runWith(":" + place, options, WhyNoGpu.class).output();
        assertTrue(why.contains("libtenon_cuda.so"), why);
        assertTrue(why.startsWith("it cannot be loaded: " + cache), why);
        assertTrue(why.contains("/0123456789abcdef-fedcba-cuda-"), why);
      }
      try (Stream<Path> left = Files.list(cache)) {
        assertEquals(3, left.count(), "Tenon's folder, NVIDIA's and the lock");
      }
      try (Stream<Path> all = Files.walk(cache)) {
        Path cudnn = all.filter(file -> Files.isSymbolicLink(file)).sorted().findFirst().get();
        assertEquals("cuDNN", Files.readString(cudnn));
        Path beside = cudnn.getParent();
        assertEquals("its operators", Files.readString(beside.resolve("libcudnn_ops.so.9")));
        assertFalse(Files.exists(beside.resolve("libcufft.so.12")));
        assertTrue(Files.isRegularFile(beside.resolve("libtenon.so")));
      }
    }
  }

  @Test
  void failureListsThePlacesTried(@TempDir Path empty) throws Exception {
    ChildJvm.Result result = ChildJvm.run(List.of("-Djava.library.path=" + empty), Load.class);
    assertNotEquals(0, result.status());
    String output = result.output();
    assertTrue(output.contains("Tenon's native library was not found. Tried:"), output);
    assertTrue(output.contains("-Dtenon.library.path: not set"), output);
    assertTrue(output.contains("java.library.path (" + empty + "): no libtenon.so"), output);
    assertTrue(
        output.contains("class path: no resource META-INF/tenon/linux-x86_64/content.key"), output);
  }

  @Test
  void anExplicitPathHasNoFallBack(@TempDir Path empty) throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            List.of(
                "-Dtenon.library.path=" + empty, "-Djava.library.path=" + library().getParent()),
            Load.class);
    assertNotEquals(0, result.status());
    assertTrue(
        result.output().contains("there is no file " + empty.resolve("libtenon.so")),
        result.output());
  }

  /** Loads, and has a second class loader try to. */
  static final class LoadTwice {
    private LoadTwice() {}

    public static void main(String[] args) throws Exception {
      Load.main(args);
      URL classes = NDArray.class.getProtectionDomain().getCodeSource().getLocation();
      try (URLClassLoader other = new URLClassLoader(new URL[] {classes}, null)) {
        Class.forName("org.tenon.Tenon", true, other);
      } catch (UnsatisfiedLinkError e) {
        System.out.println(e.getMessage());
      }
      Load.main(args);
    }
  }

  @Test
  void aSecondClassLoaderIsToldWhatToDo() throws Exception {
    ChildJvm.Result result = ChildJvm.run(List.of(ChildJvm.libraryOption()), LoadTwice.class);
    String[] lines = result.output().split("\n");
    assertEquals(3, lines.length, result.output());
    assertEquals("loaded 3", lines[0]);
    assertTrue(lines[1].startsWith("Tenon is loaded by two class loaders"), lines[1]);
    assertTrue(lines[1].contains("libtenon.so can belong to one of them only"), lines[1]);
    assertEquals("loaded 3", lines[2]);
  }

  @Test
  void theLibraryPathIsSearched() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of("-Djava.library.path=/nowhere:" + library().getParent()), Load.class);
    assertEquals("loaded 3\n", result.output());
  }

  @Test
  void theJarIsUnpackedOnce(@TempDir Path folder) throws Exception {
    Path jar = jarFolder(folder.resolve("jar"));
    Path cache = folder.resolve("cache");
    List<String> options = List.of("-Djava.library.path=/nowhere", "-Dtenon.cache=" + cache);
    assertEquals("loaded 3\n", ChildJvm.runWith(":" + jar, options, Load.class).output());
    Path unpacked = cache.resolve("0123456789abcdef/libtenon.so");
    Object first = Files.getLastModifiedTime(unpacked);
    assertEquals("loaded 3\n", ChildJvm.runWith(":" + jar, options, Load.class).output());
    assertEquals(first, Files.getLastModifiedTime(unpacked));
    try (Stream<Path> left = Files.list(cache)) {
      assertEquals(2, left.count(), "the unpacked folder and the lock");
    }
  }
}
