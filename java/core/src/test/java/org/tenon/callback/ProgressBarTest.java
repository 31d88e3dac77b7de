package org.tenon.callback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.tenon.metric.Metric;

class ProgressBarTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();

  private String run(boolean terminal, long batches, int shown) {
    ProgressBar bar =
        new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, nanos::get);
    Metric metric = Metric.custom("half", (label, prediction) -> 0.5);
    metric.update(
        java.util.Collections.singletonList(null), java.util.Collections.singletonList(null));
    for (int batch = 0; batch < shown; batch++) {
      bar.onBatchEnd(new BatchEnd(1, batch, batches, 100, metric));
      nanos.addAndGet(200_000_000);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void plainOutputHasLinesForEachTenthAndNoControlCharacters() {
    String text = run(false, 20, 20);
    String[] lines = text.split("\n");
    assertEquals(10, lines.length, text);
    assertFalse(text.contains("\r") || text.contains("\u001b"));
    assertEquals(
        "epoch 2 [============            ]  50% batch 10/20  half 0.5000  500 images/s  0:02 left",
        lines[4]);
    assertTrue(lines[9].contains("100% batch 20/20"), lines[9]);
  }

  @Test
  void terminalOutputIsRedrawnInPlaceAndEndsItsLine() {
    String text = run(true, 5, 5);
    assertEquals(5, text.chars().filter(c -> c == '\r').count());
    assertTrue(text.endsWith("\n"));
    assertEquals(1, text.chars().filter(c -> c == '\n').count());
  }

  @Test
  void withoutALengthItCountsBatches() {
    String text = run(false, -1, 250);
    assertEquals(2, text.split("\n").length, text);
    assertTrue(text.contains("batch 100  half 0.5000  500 images/s"), text);
  }
}
