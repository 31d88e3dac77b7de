package org.tenon.optimizer;

import java.util.List;
import org.tenon.NDArray;
import org.tenon.Ops;

/**
 * Stochastic gradient descent, with momentum if wanted: {@code m = momentum * m - lr * (g + wd *
 * w); w += m}, where {@code g} is the gradient, rescaled and then clipped.
 */
public final class Sgd extends Optimizer {
  private final double momentum;

  private Sgd(Builder builder) {
    super(builder);
    momentum = builder.momentum;
  }

  /** Without momentum. */
  public static Sgd of(double learningRate) {
    return builder(learningRate).build();
  }

  /** With momentum. */
  public static Sgd of(double learningRate, double momentum) {
    return builder(learningRate).momentum(momentum).build();
  }

  /** For everything else. */
  public static Builder builder(double learningRate) {
    return new Builder(learningRate);
  }

  @Override
  protected String settings() {
    return ", momentum=" + momentum;
  }

  @Override
  public List<NDArray> createState(NDArray weight) {
    return momentum == 0 ? List.of() : List.of(StateArrays.zerosLike(weight));
  }

  @Override
  protected void step(NDArray weight, NDArray gradient, List<NDArray> state, Step step) {
    if (state.isEmpty()) {
      Ops.sgdUpdate(
          weight,
          gradient,
          p ->
              p.lr(step.learningRate())
                  .wd(step.weightDecay())
                  .rescaleGrad(step.rescaleGradient())
                  .clipGradient(clipGradient())
                  .out(weight));
    } else {
      Ops.sgdMomUpdate(
          weight,
          gradient,
          state.get(0),
          p ->
              p.lr(step.learningRate())
                  .wd(step.weightDecay())
                  .rescaleGrad(step.rescaleGradient())
                  .clipGradient(clipGradient())
                  .momentum(momentum)
                  .out(weight));
    }
  }

  /** Collects settings. */
  public static final class Builder extends Optimizer.Builder<Builder> {
    private double momentum;

    private Builder(double learningRate) {
      super(learningRate);
    }

    /** The share of the last step that goes on, 0 to 1. */
    public Builder momentum(double share) {
      require(share >= 0 && share <= 1, "momentum", share, "0 to 1");
      momentum = share;
      return this;
    }

    /** Makes it. */
    public Sgd build() {
      return new Sgd(this);
    }

    @Override
    protected Builder self() {
      return this;
    }
  }
}
