package org.tenon.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.ChildJvm;
import org.tenon.EmulatedGpu;

class DoctorTest {
  private static String line(ChildJvm.Result result, String start) {
    return result
        .output()
        .lines()
        .map(String::strip)
        .filter(text -> text.startsWith(start))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no line " + start + " in " + result.output()));
  }

  @Test
  void saysWhatThereIsAndWhatToDoWithoutAGpu() throws Exception {
    ChildJvm.Result result =
        ChildJvm.runIn(
            Map.of("TENON_CUDA_LIBRARY", "none"),
            "",
            List.of(ChildJvm.libraryOption()),
            Doctor.class,
            "--quick");
    assertEquals(0, result.status(), result.output());
    assertTrue(line(result, "processor").contains(" usable"), result.output());
    assertTrue(line(result, "library").endsWith("libtenon.so"), result.output());
    assertTrue(line(result, "version").contains(" ("), result.output());
    assertEquals("TENON_CUDA_LIBRARY none", line(result, "TENON_CUDA_LIBRARY"));
    assertTrue(line(result, "none").endsWith("TENON_CUDA_LIBRARY is none"), result.output());
    assertTrue(
        line(result, "- ").contains("GPUs are switched off: unset TENON_CUDA_LIBRARY"),
        result.output());
    assertTrue(line(result, "cpu(0)").endsWith(", right"), result.output());
    assertFalse(result.output().contains("gpu(0)"), result.output());
  }

  @Test
  void testsEachGpu() throws Exception {
    ChildJvm.Result result = EmulatedGpu.run(Doctor.class, "--quick");
    assertEquals(0, result.status(), result.output());
    assertTrue(line(result, "gpu(0)").contains("compute capability"), result.output());
    List<String> rows = result.output().lines().filter(text -> text.endsWith(", right")).toList();
    assertEquals(3, rows.size(), result.output());
    assertTrue(rows.get(1).strip().startsWith("gpu(0)"), result.output());
    assertTrue(rows.get(2).strip().startsWith("gpu(1)"), result.output());
  }

  @Test
  void aLibraryThatCannotBeLoadedIsTheReport(@TempDir Path empty) throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of("-Dtenon.library.path=" + empty), Doctor.class, "--quick");
    assertEquals(1, result.status(), result.output());
    assertTrue(
        line(result, "library").contains("cannot be loaded: -Dtenon.library.path is " + empty),
        result.output());
  }

  @Test
  void anUnknownArgumentShowsTheUsage() throws Exception {
    ChildJvm.Result result = ChildJvm.run(List.of(), Doctor.class, "--fast");
    assertEquals(2, result.status(), result.output());
    assertTrue(result.output().contains("unknown argument --fast"), result.output());
    assertTrue(result.output().contains("usage: org.tenon.tools.Doctor"), result.output());
  }

  @Test
  void eachReasonHasItsAdvice() {
    Map<String, String> advice =
        Map.of(
            "libtenon_cuda.so is not in /lib", "linux-x86_64-cuda13",
            "no NVIDIA driver is installed", "release 580",
            "the NVIDIA driver is for CUDA 12.4, and CUDA 13.0 needs a newer one", "update",
            "the NVIDIA driver finds no GPU", "CUDA_VISIBLE_DEVICES",
            "the Tesla T4 has compute capability 7.5, and 9.0 is needed", "Hopper",
            "libtenon_cuda.so is of another build (1) than libtenon (2)", "one build",
            "cuBLAS 13 was not found: libcublasLt.so.13 is", "nvidia-cublas",
            "cuDNN 9 was not found: libcudnn.so.9 is", "nvidia-cudnn-cu13");
    advice.forEach(
        (reason, part) -> assertTrue(Advice.on(reason).orElseThrow().contains(part), reason));
    assertEquals(Optional.empty(), Advice.on("something else"));
  }
}
