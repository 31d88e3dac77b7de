package org.tenon.initializer;

import java.util.Objects;
import org.tenon.NDArray;

/**
 * Random weights whose scale keeps the size of activations from layer to layer: {@code scale =
 * sqrt(magnitude / factor)}, the factor being the number of inputs, outputs or their average. After
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks"
 * (2010); magnitude 2 by inputs is He's variant.
 */
public final class Xavier extends Initializer {
  /** How the numbers are drawn. */
  public enum Distribution {
    /** In [-scale, scale). */
    UNIFORM,
    /** With standard deviation scale. */
    GAUSSIAN;

    static Distribution of(String name) {
      return switch (name) {
        case "uniform" -> UNIFORM;
        case "gaussian" -> GAUSSIAN;
        default ->
            throw new IllegalArgumentException(
                "rnd_type '" + name + "' is not known, expected uniform or gaussian");
      };
    }
  }

  /** By which count the scale is chosen. */
  public enum Factor {
    /** The average of inputs and outputs. */
    AVERAGE,
    /** Inputs. */
    IN,
    /** Outputs. */
    OUT;

    static Factor of(String name) {
      return switch (name) {
        case "avg" -> AVERAGE;
        case "in" -> IN;
        case "out" -> OUT;
        default ->
            throw new IllegalArgumentException(
                "factor_type '" + name + "' is not known, expected avg, in or out");
      };
    }
  }

  private final Distribution distribution;
  private final Factor factor;
  private final double magnitude;

  /** With everything said. */
  public Xavier(Distribution distribution, Factor factor, double magnitude) {
    this.distribution = Objects.requireNonNull(distribution, "distribution");
    this.factor = Objects.requireNonNull(factor, "factor");
    if (!(magnitude > 0)) {
      throw new IllegalArgumentException("magnitude is " + magnitude + ", expected more than 0");
    }
    this.magnitude = magnitude;
  }

  /** The same with another magnitude. */
  public Xavier magnitude(double changed) {
    return new Xavier(distribution, factor, changed);
  }

  /** The same with another factor. */
  public Xavier factor(Factor changed) {
    return new Xavier(distribution, changed, magnitude);
  }

  /** The same with another distribution. */
  public Xavier distribution(Distribution changed) {
    return new Xavier(changed, factor, magnitude);
  }

  @Override
  protected void initWeight(String name, NDArray array) {
    long[] dims = array.shape().toArray();
    if (dims.length < 2) {
      throw new IllegalArgumentException(
          "Xavier cannot initialise '"
              + name
              + "' of shape "
              + array.shape()
              + ": a weight has at least 2 dimensions");
    }
    double receptive = 1;
    for (int axis = 2; axis < dims.length; axis++) {
      receptive *= dims[axis];
    }
    double in = dims[1] * receptive;
    double out = dims[0] * receptive;
    double by =
        switch (factor) {
          case AVERAGE -> (in + out) / 2;
          case IN -> in;
          case OUT -> out;
        };
    double scale = Math.sqrt(magnitude / by);
    if (distribution == Distribution.UNIFORM) {
      RandomFill.uniform(array, -scale, scale);
    } else {
      RandomFill.normal(array, scale);
    }
  }

  @Override
  public String toString() {
    return "xavier(" + distribution + ", " + factor + ", " + magnitude + ")";
  }
}
