package org.tenon.optimizer;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.tenon.NDArray;

/**
 * How a gradient changes a parameter.
 *
 * <p>Its settings never change; it counts the updates of each parameter, which steers learning rate
 * schedules, so an optimizer serves one training. Updates are issued and not waited for.
 */
public abstract class Optimizer {
  private final double learningRate;
  private final double weightDecay;
  private final double clipGradient;
  private final double rescaleGradient;
  private final LrScheduler scheduler;
  private final Map<String, Long> counts = new ConcurrentHashMap<>();
  private volatile long mostUpdates;

  /** Makes one of what a builder collected. */
  protected Optimizer(Builder<?> builder) {
    learningRate = builder.learningRate;
    weightDecay = builder.weightDecay;
    clipGradient = builder.clipGradient;
    rescaleGradient = builder.rescaleGradient;
    scheduler =
        builder.scheduler == null || builder.scheduler.hasBaseRate()
            ? builder.scheduler
            : builder.scheduler.baseRate(learningRate);
  }

  /**
   * What the optimizer keeps for one parameter: momentum and the like. The arrays are detached from
   * scopes.
   */
  public abstract List<NDArray> createState(NDArray weight);

  /**
   * Changes {@code weight} by {@code gradient}.
   *
   * @param name of the parameter, which counts its updates
   * @param state of {@link #createState}
   * @param multipliers of the parameter
   * @param rescale factor of the gradient, usually one over the batch size; times the optimizer's
   *     own
   */
  public final void update(
      String name,
      NDArray weight,
      NDArray gradient,
      List<NDArray> state,
      Multipliers multipliers,
      double rescale) {
    long count = counts.merge(Objects.requireNonNull(name, "name is null"), 1L, Long::sum);
    mostUpdates = Math.max(mostUpdates, count);
    double rate =
        (scheduler == null ? learningRate : scheduler.rate(mostUpdates))
            * multipliers.learningRate();
    step(
        weight,
        gradient,
        state,
        new Step(rate, weightDecay * multipliers.weightDecay(), rescale * rescaleGradient, count));
  }

  /** How many updates of a parameter there were. */
  public final long updates(String name) {
    return counts.getOrDefault(name, 0L);
  }

  /** Goes on counting a parameter's updates from {@code count}, for trainings that are resumed. */
  public final void resume(String name, long count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "the updates of '" + name + "' are " + count + ", expected at least 0");
    }
    counts.put(name, count);
    mostUpdates = Math.max(mostUpdates, count);
  }

  /** One update with everything computed. */
  protected abstract void step(NDArray weight, NDArray gradient, List<NDArray> state, Step step);

  /** The rate of the next update, before multipliers. */
  public final double currentRate() {
    return scheduler == null ? learningRate : scheduler.rate(Math.max(mostUpdates, 1));
  }

  /**
   * Where gradients are clipped to, in absolute value; -1 for no clipping, as the operators take
   * it.
   */
  protected final double clipGradient() {
    return clipGradient;
  }

  /**
   * What {@link #toString} says beside what all optimizers have, such as {@code , momentum=0.9}.
   */
  protected String settings() {
    return "";
  }

  /** The class and its settings, such as {@code Sgd[learningRate=0.1, weightDecay=0.0, …]}. */
  @Override
  public final String toString() {
    return getClass().getSimpleName()
        + "[learningRate="
        + currentRate()
        + ", weightDecay="
        + weightDecay
        + (clipGradient < 0 ? "" : ", clipGradient=" + clipGradient)
        + (rescaleGradient == 1 ? "" : ", rescaleGradient=" + rescaleGradient)
        + settings()
        + "]";
  }

  /**
   * One parameter's own factors, MXNet's {@code __lr_mult__} and {@code __wd_mult__}.
   *
   * @param learningRate factor of the learning rate
   * @param weightDecay factor of the weight decay
   */
  public record Multipliers(double learningRate, double weightDecay) {
    /** None: both 1. */
    public static final Multipliers NONE = new Multipliers(1, 1);

    /**
     * MXNet's rule: weight decay applies to names that end in {@code _weight} or {@code _gamma},
     * unless the symbol's attributes say otherwise.
     */
    public static Multipliers of(String name, Map<String, String> attributes) {
      double rate = number(name, attributes, "__lr_mult__", 1);
      boolean decays = name.endsWith("_weight") || name.endsWith("_gamma");
      return new Multipliers(rate, number(name, attributes, "__wd_mult__", decays ? 1 : 0));
    }

    private static double number(
        String name, Map<String, String> attributes, String key, double fallback) {
      String text = attributes.get(key);
      if (text == null) {
        return fallback;
      }
      try {
        return Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "attribute " + key + " of '" + name + "' is '" + text + "', expected a number", e);
      }
    }
  }

  /**
   * The numbers of one update.
   *
   * @param learningRate with schedule and multiplier
   * @param weightDecay with multiplier
   * @param rescaleGradient factor of the gradient
   * @param count updates of this parameter, from 1
   */
  protected record Step(
      double learningRate, double weightDecay, double rescaleGradient, long count) {}

  /**
   * Collects what all optimizers have in common.
   *
   * @param <B> the builder itself
   */
  public abstract static class Builder<B extends Builder<B>> {
    private double learningRate;
    private double weightDecay;
    private double clipGradient = -1;
    private double rescaleGradient = 1;
    private LrScheduler scheduler;

    /** With that learning rate to begin with. */
    protected Builder(double learningRate) {
      learningRate(learningRate);
    }

    /** The learning rate, 0 or more. */
    public B learningRate(double rate) {
      require(rate >= 0 && Double.isFinite(rate), "learning rate", rate, "a number of at least 0");
      learningRate = rate;
      return self();
    }

    /** The factor of L2 regularisation, 0 or more. */
    public B weightDecay(double decay) {
      require(
          decay >= 0 && Double.isFinite(decay), "weight decay", decay, "a number of at least 0");
      weightDecay = decay;
      return self();
    }

    /** Clips every element of the (rescaled) gradient to [-limit, limit]. */
    public B clipGradient(double limit) {
      require(limit > 0, "gradient clip", limit, "more than 0");
      clipGradient = limit;
      return self();
    }

    /** Multiplies gradients; times one over the batch size that modules apply. */
    public B rescaleGradient(double factor) {
      require(Double.isFinite(factor), "gradient factor", factor, "a finite number");
      rescaleGradient = factor;
      return self();
    }

    /** Lets the learning rate follow a schedule. */
    public B scheduler(LrScheduler schedule) {
      scheduler = Objects.requireNonNull(schedule, "schedule");
      return self();
    }

    /** This. */
    protected abstract B self();

    /** Throws unless the condition holds. */
    protected static void require(boolean condition, String what, double value, String expected) {
      if (!condition) {
        throw new IllegalArgumentException(what + " is " + value + ", expected " + expected);
      }
    }
  }
}
