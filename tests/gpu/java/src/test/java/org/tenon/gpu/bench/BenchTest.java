package org.tenon.gpu.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.gpu.EmulatedGpu;

/** That everything is measured, in sizes that the emulated GPU can do. */
class BenchTest {
  @BeforeAll
  static void requireGpu() {
    EmulatedGpu.require();
  }

  private static List<String> run(Path folder, String... options) throws IOException {
    Path file = folder.resolve("readings.tsv");
    String[] arguments = List.of(options).toArray(new String[options.length + 1]);
    arguments[options.length] = file.toString();
    Bench.main(arguments);
    List<String> names =
        Files.readAllLines(file).stream()
            .map(line -> line.split("\t"))
            .peek(cells -> assertTrue(Double.parseDouble(cells[1]) > 0, cells[0]))
            .map(cells -> cells[0])
            .toList();
    assertEquals(names.size(), new HashSet<>(names).size(), () -> "named twice: " + names);
    return names;
  }

  @Test
  void everythingIsMeasured(@TempDir Path folder) throws IOException {
    List<String> names = run(folder, "--quick");
    assertEquals("add of 4 elements", names.get(0));
    assertTrue(names.contains("softmax of rows float16"), names::toString);
    assertTrue(names.contains("matrix product 16 bfloat16"), names::toString);
    assertTrue(names.contains("LeNet training, batch 4"), names::toString);
    assertTrue(names.contains("ResNet-50 v1.5 training, batch 2, bfloat16"), names::toString);
    assertTrue(
        names.contains("layer norm with gradients of rows of 768 bfloat16"), names::toString);
    assertEquals("join of 40 arrays float32", names.get(names.size() - 1));
  }

  @Test
  void theProductsInTf32AreMeasuredAlone(@TempDir Path folder) throws IOException {
    assertEquals(List.of("matrix product 16 tf32"), run(folder, "--quick", "--tf32"));
  }
}
