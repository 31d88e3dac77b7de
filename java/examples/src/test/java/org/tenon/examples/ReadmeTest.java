package org.tenon.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.NDArray;
import org.tenon.Tenon;

/** The README's programs compile without a warning and do what they promise. */
class ReadmeTest {
  private static final Path ROOT = Path.of(System.getProperty("tenon.root"));
  private static final Path MNIST = ROOT.resolve("java/examples/data/mnist");

  @TempDir Path folder;

  @Test
  void theProgramLearnsDigitsAndLeavesACheckpoint() throws Exception {
    List<String> programs = blocks("java");
    assertEquals(1, programs.size());
    compile(programs.get(0));
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String set : List.of("train", "t10k")) {
      cut("images-idx3-ubyte.gz", 16, 28 * 28, data, set);
      cut("labels-idx1-ubyte.gz", 8, 1, data, set);
    }
    String output = run("Train", data.toString());
    Matcher accuracy = Pattern.compile("(?m)^accuracy=(\\d\\.\\d+)$").matcher(output);
    assertTrue(accuracy.find(), output);
    assertTrue(Double.parseDouble(accuracy.group(1)) > 0.8, output);
    assertTrue(Files.size(folder.resolve("mnist-symbol.json")) > 0);
    assertEquals(4, NDArray.load(folder.resolve("mnist-0005.params")).size());
  }

  /** Writes as many examples as a test has time for. */
  private static void cut(String kind, int header, int bytes, Path folder, String set)
      throws IOException {
    int count = 2000;
    byte[] whole;
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(MNIST.resolve("t10k-" + kind)))) {
      whole = in.readNBytes(header + count * bytes);
    }
    ByteBuffer.wrap(whole).putInt(4, count);
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve(set + "-" + kind)))) {
      out.write(whole);
    }
  }

  @Test
  void theMavenCoordinatesAreThisVersions() throws IOException {
    String version = Tenon.version().split(" ")[0];
    List<String> coordinates = blocks("xml");
    assertFalse(coordinates.isEmpty());
    for (String block : coordinates) {
      Matcher found = Pattern.compile("<version>(.*?)</version>").matcher(block);
      assertTrue(found.find(), block);
      do {
        assertEquals(version, found.group(1));
      } while (found.find());
    }
  }

  /** The README's code blocks in one language. */
  private static List<String> blocks(String language) throws IOException {
    Matcher block =
        Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```$")
            .matcher(Files.readString(ROOT.resolve("README.md")));
    List<String> blocks = new ArrayList<>();
    while (block.find()) {
      blocks.add(block.group(1));
    }
    return blocks;
  }

  private void compile(String program) throws Exception {
    Matcher name = Pattern.compile("public class (\\w+)").matcher(program);
    assertTrue(name.find(), program);
    Path source = Files.writeString(folder.resolve(name.group(1) + ".java"), program);
    String[] options = {
      "-Xlint:all", "-Werror", "-proc:none", "-cp", classPath(), source.toString()
    };
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, options));
  }

  private String run(String main, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classPath()));
    command.add("-Dtenon.library.path=" + System.getProperty("tenon.library.path"));
    command.add(main);
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private String classPath() throws URISyntaxException {
    Path core = Path.of(NDArray.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return folder + ":" + core;
  }
}
