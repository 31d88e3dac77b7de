package org.tenon.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class LeNetMnistTest {
  @Test
  void aMissingGpuIsOneSentenceAndNothingIsWritten(@TempDir Path folder) {
    Path out = folder.resolve("out");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.err;
    int status;
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      status = new CommandLine(new LeNetMnist()).execute("--gpu", "99", "--out", out.toString());
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
