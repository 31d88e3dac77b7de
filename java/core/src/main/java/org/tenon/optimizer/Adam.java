package org.tenon.optimizer;

import java.util.List;
import org.tenon.NDArray;
import org.tenon.Ops;

/**
 * Adam, after Kingma and Ba, "Adam: a method for stochastic optimization" (2014), with MXNet's
 * handling of weight decay (added to the gradient): {@code m = b1*m + (1-b1)*g; v = b2*v +
 * (1-b2)*g*g; w -= lr' * m / (sqrt(v) + eps)}, where {@code lr' = lr * sqrt(1 - b2^t) / (1 -
 * b1^t)}.
 */
public final class Adam extends Optimizer {
  private final double beta1;
  private final double beta2;
  private final double epsilon;

  private Adam(Builder builder) {
    super(builder);
    beta1 = builder.beta1;
    beta2 = builder.beta2;
    epsilon = builder.epsilon;
  }

  /** With beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8. */
  public static Adam of(double learningRate) {
    return builder(learningRate).build();
  }

  /** For everything else. */
  public static Builder builder(double learningRate) {
    return new Builder(learningRate);
  }

  @Override
  protected String settings() {
    return ", beta1=" + beta1 + ", beta2=" + beta2 + ", epsilon=" + epsilon;
  }

  @Override
  public List<NDArray> createState(NDArray weight) {
    return List.of(StateArrays.zerosLike(weight), StateArrays.zerosLike(weight));
  }

  @Override
  protected void step(NDArray weight, NDArray gradient, List<NDArray> state, Step step) {
    double correction =
        Math.sqrt(1 - Math.pow(beta2, step.count())) / (1 - Math.pow(beta1, step.count()));
    double rate = step.learningRate() * correction;
    Ops.adamUpdate(
        weight,
        gradient,
        state.get(0),
        state.get(1),
        p ->
            p.lr(rate)
                .wd(step.weightDecay())
                .rescaleGrad(step.rescaleGradient())
                .clipGradient(clipGradient())
                .beta1(beta1)
                .beta2(beta2)
                .epsilon(epsilon)
                .out(weight));
  }

  /** Collects settings. */
  public static final class Builder extends Optimizer.Builder<Builder> {
    private double beta1 = 0.9;
    private double beta2 = 0.999;
    private double epsilon = 1e-8;

    private Builder(double learningRate) {
      super(learningRate);
    }

    /** The share of the old mean that stays, 0 to below 1. */
    public Builder beta1(double share) {
      require(share >= 0 && share < 1, "beta1", share, "0 to below 1");
      beta1 = share;
      return this;
    }

    /** The share of the old mean square that stays, 0 to below 1. */
    public Builder beta2(double share) {
      require(share >= 0 && share < 1, "beta2", share, "0 to below 1");
      beta2 = share;
      return this;
    }

    /** Keeps the quotient finite; more than 0. */
    public Builder epsilon(double value) {
      require(value > 0, "epsilon", value, "more than 0");
      epsilon = value;
      return this;
    }

    /** Makes it. */
    public Adam build() {
      return new Adam(this);
    }

    @Override
    protected Builder self() {
      return this;
    }
  }
}
