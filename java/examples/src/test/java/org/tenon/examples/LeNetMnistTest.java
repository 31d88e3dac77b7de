package org.tenon.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class LeNetMnistTest {
  @Test
  void whatIsWrongWithArgumentsIsOneLine(@TempDir Path folder) {
    assertRefused(
        folder,
        2,
        "Invalid value for option '--epochs': 'x' is not an int; ./tenon demo --help lists the"
            + " options",
        "--epochs=x");
    assertRefused(folder, 1, "momentum is 5.0, expected 0 to 1", "--momentum=5");
    assertRefused(folder, 1, "no devices given, expected at least one", "--devices=-1");
    assertRefused(
        folder,
        1,
        "cannot read '/nowhere/train-images-idx3-ubyte.gz': it does not exist or is not readable",
        "--data=/nowhere");
  }

  private static void assertRefused(Path folder, int status, String message, String... arguments) {
    StringWriter text = new StringWriter();
    CommandLine demo = LeNetMnist.commandLine().setErr(new PrintWriter(text, true));
    Path mnist = Path.of(System.getProperty("tenon.root"), "java/examples/data/mnist");
    List<String> all = new ArrayList<>(List.of("--data=" + mnist, "--out=" + folder));
    all.removeIf(option -> arguments[0].startsWith("--data") && option.startsWith("--data"));
    all.addAll(List.of(arguments));
    assertEquals(status, demo.execute(all.toArray(new String[0])));
    assertEquals(message + "\n", text.toString());
  }

  @Test
  void aMissingGpuIsOneSentenceAndNothingIsWritten(@TempDir Path folder) {
    Path out = folder.resolve("out");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    int status;
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      status = LeNetMnist.commandLine().execute("--gpu", "99", "--out", out.toString());
    } finally {
      System.setErr(before);
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertEquals(1, status, text);
    assertTrue(text.startsWith("There is no gpu(99) to train on: "), text);
    assertEquals(1, text.lines().count(), text);
    assertFalse(Files.exists(out));
  }
}
