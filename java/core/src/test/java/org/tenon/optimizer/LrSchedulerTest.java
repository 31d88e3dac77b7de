package org.tenon.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The expected rates were computed by hand from the formulas of MXNet's documentation. */
class LrSchedulerTest {
  @Test
  void factorShrinksAfterEachStep() {
    LrScheduler schedule = LrScheduler.factor(10, 0.5f).baseRate(1f);
    assertEquals(1f, schedule.rate(1));
    assertEquals(1f, schedule.rate(10));
    assertEquals(0.5f, schedule.rate(11));
    assertEquals(0.5f, schedule.rate(20));
    assertEquals(0.25f, schedule.rate(21));
  }

  @Test
  void factorNeverFallsBelowTheStopRate() {
    LrScheduler schedule = LrScheduler.factor(1, 0.1f, 0.05f).baseRate(1f);
    assertEquals(0.05f, schedule.rate(100));
  }

  @Test
  void multiFactorShrinksAtTheGivenUpdates() {
    LrScheduler schedule = LrScheduler.multiFactor(0.1f, 5, 8).baseRate(1f);
    assertEquals(1f, schedule.rate(5));
    assertEquals(0.1f, schedule.rate(6), 1e-7);
    assertEquals(0.1f, schedule.rate(8), 1e-7);
    assertEquals(0.01f, schedule.rate(9), 1e-8);
  }

  @Test
  void polyAndCosineFallToTheFinalRate() {
    LrScheduler poly = LrScheduler.poly(100, 2, 0.1f).baseRate(1.1f);
    assertEquals(0.1f + 1f * 0.25f, poly.rate(50), 1e-6);
    assertEquals(0.1f, poly.rate(100), 1e-7);
    assertEquals(0.1f, poly.rate(1000), 1e-7);
    LrScheduler cosine = LrScheduler.cosine(100, 0f).baseRate(1f);
    assertEquals(1f, cosine.rate(0), 1e-7);
    assertEquals(0.5f, cosine.rate(50), 1e-7);
    assertEquals(0f, cosine.rate(100), 1e-7);
  }

  @Test
  void warmupRisesLinearlyToTheBaseRate() {
    LrScheduler schedule = LrScheduler.cosine(110, 0f).baseRate(1f).warmup(10, 0.5f);
    assertEquals(0.5f, schedule.rate(0));
    assertEquals(0.75f, schedule.rate(5));
    assertEquals(1f, schedule.rate(10), 1e-7);
    assertEquals(0.5f, schedule.rate(60), 1e-7);
  }

  @Test
  void badArgumentsSayWhatIsExpected() {
    assertMessage("step is 0, expected at least 1", () -> LrScheduler.factor(0, 0.5f));
    assertMessage("factor is 2.0, expected at most 1", () -> LrScheduler.factor(1, 2f));
    assertMessage("do not increase", () -> LrScheduler.multiFactor(0.1f, 5, 5));
    assertMessage("no steps given", () -> LrScheduler.multiFactor(0.1f));
    assertMessage("maxUpdate is 0", () -> LrScheduler.poly(0, 1, 0));
  }

  @Test
  void aScheduleWithoutABaseRateIsNotReady() {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> LrScheduler.factor(1, 0.5f).rate(1));
    assertTrue(e.getMessage().contains("no base rate"));
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void schedulesPrintHowTheyWereMade() {
    assertEquals("factor(10, 0.5, 1.0E-8)", LrScheduler.factor(10, 0.5).toString());
    assertEquals(
        "multiFactor(0.1, [5, 8]) from 0.2",
        LrScheduler.multiFactor(0.1, 5, 8).baseRate(0.2).toString());
    assertEquals(
        "cosine(110, 0.0), warmup(10, 0.5)", LrScheduler.cosine(110, 0).warmup(10, 0.5).toString());
    assertEquals("poly(100, 2.0, 0.1)", LrScheduler.poly(100, 2, 0.1).toString());
    assertEquals(
        "Sgd[learningRate=0.1, weightDecay=0.0, clipGradient=5.0, momentum=0.9]",
        Sgd.builder(0.1).momentum(0.9).clipGradient(5).build().toString());
    assertEquals(
        "Adam[learningRate=0.001, weightDecay=1.0E-4, rescaleGradient=2.0, beta1=0.9, beta2=0.999,"
            + " epsilon=1.0E-8]",
        Adam.builder(0.001).weightDecay(1e-4).rescaleGradient(2).build().toString());
  }
}
