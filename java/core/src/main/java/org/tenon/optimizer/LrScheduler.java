package org.tenon.optimizer;

import java.util.Arrays;

/**
 * A learning rate as a function of the number of updates made so far.
 *
 * <p>The formulas are those of MXNet's {@code mxnet.lr_scheduler}. A scheduler starts from a base
 * rate, which the optimizer sets to its own learning rate unless {@link #baseRate(double)} was
 * called. During the first {@code warmupSteps} updates the rate rises linearly from {@code
 * warmupBegin} to the base rate. Instances are immutable and may be shared by threads; the
 * functions that configure return a changed copy.
 */
public abstract class LrScheduler {
  /** Marks a base rate that the optimizer is to set. */
  private static final double UNSET = Double.NaN;

  private final Settings settings;

  private record Settings(double baseRate, long warmupSteps, double warmupBegin) {}

  private LrScheduler(Settings settings) {
    this.settings = settings;
  }

  /**
   * Multiplies the rate by {@code factor} after every {@code step} updates.
   *
   * @param step updates between two changes, at least 1
   * @param factor at most 1
   */
  public static LrScheduler factor(long step, double factor) {
    return factor(step, factor, 1e-8);
  }

  /**
   * As {@link #factor(long, double)}, but never below {@code stopRate}.
   *
   * @param stopRate the lowest rate
   */
  public static LrScheduler factor(long step, double factor, double stopRate) {
    check(step >= 1, "step is " + step + ", expected at least 1");
    check(factor <= 1, "factor is " + factor + ", expected at most 1: the rate must not grow");
    return new Factor(unset(), step, factor, stopRate);
  }

  /**
   * Multiplies the rate by {@code factor} at each of the given numbers of updates.
   *
   * @param factor at most 1
   * @param steps increasing, each at least 1
   */
  public static LrScheduler multiFactor(double factor, long... steps) {
    check(steps.length > 0, "no steps given, expected at least one");
    check(factor <= 1, "factor is " + factor + ", expected at most 1: the rate must not grow");
    for (int i = 0; i < steps.length; i++) {
      check(steps[i] >= 1, "step " + i + " is " + steps[i] + ", expected at least 1");
      check(
          i == 0 || steps[i] > steps[i - 1],
          "steps " + Arrays.toString(steps) + " do not increase");
    }
    return new MultiFactor(unset(), factor, steps.clone());
  }

  /**
   * Falls from the base rate to {@code finalRate} like a polynomial: {@code final + (base - final)
   * * (1 - t/maxUpdate)^power}.
   */
  public static LrScheduler poly(long maxUpdate, double power, double finalRate) {
    check(maxUpdate >= 1, "maxUpdate is " + maxUpdate + ", expected at least 1");
    return new Poly(unset(), maxUpdate, power, finalRate);
  }

  /** Falls from the base rate to {@code finalRate} like half a cosine wave. */
  public static LrScheduler cosine(long maxUpdate, double finalRate) {
    check(maxUpdate >= 1, "maxUpdate is " + maxUpdate + ", expected at least 1");
    return new Cosine(unset(), maxUpdate, finalRate);
  }

  /** The same schedule from another base rate. */
  public final LrScheduler baseRate(double rate) {
    return with(new Settings(rate, settings.warmupSteps, settings.warmupBegin));
  }

  /** The same schedule after {@code steps} updates in which the rate rises from {@code begin}. */
  public final LrScheduler warmup(long steps, double begin) {
    check(steps >= 0, "warmup takes " + steps + " steps, expected at least 0");
    return with(new Settings(settings.baseRate, steps, begin));
  }

  /** Whether {@link #baseRate(double)} was called. */
  public final boolean hasBaseRate() {
    return !Double.isNaN(settings.baseRate);
  }

  /**
   * The rate for update number {@code update}, counted from 1 as MXNet does.
   *
   * @throws IllegalStateException if there is no base rate yet
   */
  public final double rate(long update) {
    if (!hasBaseRate()) {
      throw new IllegalStateException(
          "the scheduler has no base rate: call baseRate, or give it to an optimizer");
    }
    if (update < settings.warmupSteps) {
      double done = (double) update / settings.warmupSteps;
      return settings.warmupBegin + (settings.baseRate - settings.warmupBegin) * done;
    }
    return rateAfterWarmup(update, settings.baseRate, settings.warmupSteps);
  }

  abstract double rateAfterWarmup(long update, double base, long warmupSteps);

  /** The schedule without base rate and warmup. */
  abstract String describe();

  /**
   * As it was made, such as {@code factor(1000, 0.5, 1.0E-8)}, with base rate and warmup, if set.
   */
  @Override
  public final String toString() {
    return describe()
        + (hasBaseRate() ? " from " + settings.baseRate : "")
        + (settings.warmupSteps == 0
            ? ""
            : ", warmup(" + settings.warmupSteps + ", " + settings.warmupBegin + ")");
  }

  abstract LrScheduler with(Settings changed);

  private static Settings unset() {
    return new Settings(UNSET, 0, 0);
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException("learning rate scheduler: " + message);
    }
  }

  private static final class Factor extends LrScheduler {
    private final long step;
    private final double factor;
    private final double stopRate;

    Factor(Settings settings, long step, double factor, double stopRate) {
      super(settings);
      this.step = step;
      this.factor = factor;
      this.stopRate = stopRate;
    }

    @Override
    double rateAfterWarmup(long update, double base, long warmupSteps) {
      // MXNet changes the rate when update exceeds a multiple of step.
      long changes = Math.max(0, (update - 1) / step);
      double rate = base * Math.pow(factor, changes);
      return Math.max(rate, Math.min(stopRate, base));
    }

    @Override
    LrScheduler with(Settings changed) {
      return new Factor(changed, step, factor, stopRate);
    }

    @Override
    String describe() {
      return "factor(" + step + ", " + factor + ", " + stopRate + ")";
    }
  }

  private static final class MultiFactor extends LrScheduler {
    private final double factor;
    private final long[] steps;

    MultiFactor(Settings settings, double factor, long[] steps) {
      super(settings);
      this.factor = factor;
      this.steps = steps;
    }

    @Override
    double rateAfterWarmup(long update, double base, long warmupSteps) {
      int changes = 0;
      while (changes < steps.length && update > steps[changes]) {
        changes++;
      }
      return base * Math.pow(factor, changes);
    }

    @Override
    LrScheduler with(Settings changed) {
      return new MultiFactor(changed, factor, steps);
    }

    @Override
    String describe() {
      return "multiFactor(" + factor + ", " + Arrays.toString(steps) + ")";
    }
  }

  private static final class Poly extends LrScheduler {
    private final long maxUpdate;
    private final double power;
    private final double finalRate;

    Poly(Settings settings, long maxUpdate, double power, double finalRate) {
      super(settings);
      this.maxUpdate = maxUpdate;
      this.power = power;
      this.finalRate = finalRate;
    }

    @Override
    double rateAfterWarmup(long update, double base, long warmupSteps) {
      double left = 1 - progress(update, maxUpdate, warmupSteps);
      return finalRate + (base - finalRate) * Math.pow(left, power);
    }

    @Override
    LrScheduler with(Settings changed) {
      return new Poly(changed, maxUpdate, power, finalRate);
    }

    @Override
    String describe() {
      return "poly(" + maxUpdate + ", " + power + ", " + finalRate + ")";
    }
  }

  private static final class Cosine extends LrScheduler {
    private final long maxUpdate;
    private final double finalRate;

    Cosine(Settings settings, long maxUpdate, double finalRate) {
      super(settings);
      this.maxUpdate = maxUpdate;
      this.finalRate = finalRate;
    }

    @Override
    double rateAfterWarmup(long update, double base, long warmupSteps) {
      double wave = (1 + Math.cos(Math.PI * progress(update, maxUpdate, warmupSteps))) / 2;
      return finalRate + (base - finalRate) * wave;
    }

    @Override
    LrScheduler with(Settings changed) {
      return new Cosine(changed, maxUpdate, finalRate);
    }

    @Override
    String describe() {
      return "cosine(" + maxUpdate + ", " + finalRate + ")";
    }
  }

  /** How much of the way from the warmup's end to {@code maxUpdate} is done, 0 to 1. */
  private static double progress(long update, long maxUpdate, long warmupSteps) {
    if (update >= maxUpdate) {
      return 1;
    }
    return (double) (update - warmupSteps) / (maxUpdate - warmupSteps);
  }
}
