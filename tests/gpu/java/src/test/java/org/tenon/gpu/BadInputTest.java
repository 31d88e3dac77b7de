package org.tenon.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What goes wrong, on the emulated GPU. */
class BadInputTest {
  @BeforeAll
  static void requireGpu() {
    EmulatedGpu.require();
  }

  @Test
  void everyMistakeIsAnException() {
    assertEquals(List.of(), BadInput.run());
  }
}
