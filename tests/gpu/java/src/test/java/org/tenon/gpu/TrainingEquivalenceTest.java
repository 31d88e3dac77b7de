package org.tenon.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tenon.gpu.TrainingEquivalence.Comparison;

/** LeNet's training on the emulated GPU. */
class TrainingEquivalenceTest {
  /** As many as a few seconds allow; a GPU does a hundred. */
  private static final int STEPS = 4;

  @BeforeAll
  static void requireGpu() {
    EmulatedGpu.require();
  }

  static List<String> optimizers() {
    return TrainingEquivalence.names();
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void lossesAreTheProcessors(String optimizer) {
    Path mnist = Path.of(System.getProperty("tenon.root"), "java", "examples", "data", "mnist");
    Comparison comparison = TrainingEquivalence.compare(optimizer, mnist, STEPS);
    assertTrue(comparison.agrees(), comparison::report);
    double[] losses = comparison.gpu();
    assertTrue(losses[STEPS - 1] < losses[0], comparison::report);
  }

  @Test
  void aDifferenceIsSeen() {
    double[] losses = {2.3, 1.5, 0.5};
    assertTrue(new Comparison("none", losses, losses.clone()).agrees());
    Comparison differs = new Comparison("none", losses, new double[] {2.3, 1.501, Double.NaN});
    assertFalse(differs.agrees());
    assertEquals(List.of(1, 2), differs.strays());
    assertTrue(differs.report().endsWith("DIFFERS at steps [1, 2]\n"), differs::report);
  }
}
