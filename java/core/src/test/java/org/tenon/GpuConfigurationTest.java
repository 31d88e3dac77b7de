package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines without a usable GPU: the reason is one sentence in {@link Tenon#info()} and in the
 * exception of what asks for a GPU, and the processor computes.
 */
class GpuConfigurationTest {
  /** Prints what a program sees. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      System.out.println("count: " + Device.gpuCount());
      System.out.println("why: " + Device.whyNoGpu());
      Tenon.info().lines().filter(line -> line.startsWith("gpu")).forEach(System.out::println);
      try {
        NDArray.zeros(Shape.of(2), DType.FLOAT32, Device.gpu(0));
        System.out.println("no exception");
      } catch (IllegalArgumentException e) {
        System.out.println("exception: " + e.getMessage());
      }
      System.out.println("cpu: " + NDArray.of(new float[] {1, 2}).add(1).toFloatArray()[1]);
    }
  }

  private static void assertNoGpu(String reason, ChildJvm.Result result) {
    assertEquals(0, result.status(), result.output());
    List<String> lines = result.output().lines().toList();
    assertEquals("count: 0", lines.get(0), result.output());
    assertTrue(lines.get(1).startsWith("why: ") && lines.get(1).contains(reason), lines.get(1));
    String sentence = lines.get(1).substring("why: ".length());
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("gpu") && line.contains(sentence)),
        result.output());
    assertTrue(lines.contains("exception: gpu(0) does not exist: " + sentence), result.output());
    assertEquals("cpu: 3.0", lines.get(lines.size() - 1), result.output());
  }

  private static ChildJvm.Result run(String library) throws Exception {
    return ChildJvm.runIn(
        Map.of("TENON_CUDA_LIBRARY", library),
        "",
        List.of(ChildJvm.libraryOption()),
        Program.class);
  }

  @Test
  void theLibraryIsSwitchedOff() throws Exception {
    assertNoGpu("TENON_CUDA_LIBRARY is none", run("none"));
  }

  @Test
  void theLibraryIsMissingOrNone(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("libtenon_cuda.so");
    assertNoGpu("it cannot be loaded: " + file, run(file.toString()));
    Files.writeString(file, "no library");
    assertNoGpu("it cannot be loaded: " + file, run(file.toString()));
  }

  @Test
  void theLibraryIsAnother() throws Exception {
    assertNoGpu("no device library of Tenon", run(System.mapLibraryName("m") + ".6"));
  }

  private static ChildJvm.Result runWithDriver(String driver) throws Exception {
    return EmulatedGpu.runIn(Map.of("EMULATED_DRIVER", driver), List.of(), Program.class);
  }

  @Test
  void thereIsNoDriver() throws Exception {
    assertNoGpu("no NVIDIA driver is installed", runWithDriver("0"));
  }

  @Test
  void theDriverIsOld() throws Exception {
    assertNoGpu(
        "the NVIDIA driver is for CUDA 12.4, and CUDA 13.0 needs a newer one",
        runWithDriver("12040"));
  }

  @Test
  void theDriverFindsNoGpu() throws Exception {
    assertNoGpu("the NVIDIA driver finds no GPU", runWithDriver("no GPU"));
  }
}
