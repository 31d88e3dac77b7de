package org.tenon;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs main classes of the tests where {@code gpu(0)} and {@code gpu(1)} are the emulated devices
 * of the native tests, which compute with the GPU's kernels on the processor.
 */
public final class EmulatedGpu {
  private EmulatedGpu() {}

  /** Skips the test, saying so, where the emulated device is not built or is of another build. */
  public static ChildJvm.Result run(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(List.of(), main, arguments);
  }

  /** As {@link #run(Class, String...)}, with options for the JVM. */
  public static ChildJvm.Result run(List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return runIn(Map.of(), options, main, arguments);
  }

  /** As {@link #run(List, Class, String...)}, with more in the environment. */
  static ChildJvm.Result runIn(
      Map<String, String> environment, List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    Path given = Path.of(System.getProperty("tenon.library.path"));
    Path library =
        given.toAbsolutePath().resolveSibling("tests/cuda/libtenon_cuda_emulated.so").normalize();
    assumeTrue(
        Files.isRegularFile(library),
        () -> "the emulated GPU is not built: there is no " + library);
    List<String> all = new ArrayList<>(options);
    all.add(ChildJvm.libraryOption());
    Map<String, String> whole = new HashMap<>(environment);
    whole.put("TENON_CUDA_LIBRARY", library.toString());
    ChildJvm.Result result = ChildJvm.runIn(whole, "", all, main, arguments);
    assumeTrue(
        !result.output().contains("libtenon_cuda.so is of another build"),
        "the emulated GPU is of another build than libtenon.so");
    return result;
  }
}
