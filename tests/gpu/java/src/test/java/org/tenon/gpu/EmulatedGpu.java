package org.tenon.gpu;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.tenon.Device;

/** The emulated devices that this module's tests run on, as its pom names their library. */
public final class EmulatedGpu {
  private EmulatedGpu() {}

  /** Skips the test, saying so, where the emulated device is not built or is of another build. */
  public static void require() {
    Path library = Path.of(System.getenv("TENON_CUDA_LIBRARY"));
    assumeTrue(
        Files.isRegularFile(library),
        () -> "the emulated GPU is not built: there is no " + library);
    String why = Device.whyNoGpu();
    assumeTrue(!why.contains("is of another build"), why);
    assertTrue(Device.gpuCount() > 0, why);
  }
}
