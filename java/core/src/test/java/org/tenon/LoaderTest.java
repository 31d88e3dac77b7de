package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
