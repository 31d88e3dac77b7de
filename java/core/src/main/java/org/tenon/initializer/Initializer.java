package org.tenon.initializer;

import java.util.Map;
import java.util.Objects;
import org.tenon.NDArray;

/**
 * How parameters begin.
 *
 * <p>A parameter's name says what it is, as in MXNet: names that end in {@code bias}, {@code beta},
 * {@code moving_mean}, {@code running_mean} or {@code min} begin at zero, those in {@code gamma},
 * {@code moving_var}, {@code running_var} or {@code max} at one; all others are weights, which is
 * where initializers differ. Random numbers come from the device's stream, which {@link
 * org.tenon.Tenon#seed} sets. Initializers are immutable.
 */
public abstract class Initializer {
  /** For subclasses. */
  protected Initializer() {}

  /** Every element zero. */
  public static Initializer zero() {
    return constant(0);
  }

  /** Every element one. */
  public static Initializer one() {
    return constant(1);
  }

  /** Every element {@code value}. */
  public static Initializer constant(double value) {
    return new Initializer() {
      @Override
      protected void initWeight(String name, NDArray array) {
        array.fill(value);
      }

      @Override
      public String toString() {
        return "constant(" + value + ")";
      }
    };
  }

  /** Uniform in [-0.07, 0.07), MXNet's default for the initializer of that name. */
  public static Initializer uniform() {
    return uniform(0.07);
  }

  /** Uniform in [-scale, scale). */
  public static Initializer uniform(double scale) {
    requireSize("scale", scale);
    return new Initializer() {
      @Override
      protected void initWeight(String name, NDArray array) {
        RandomFill.uniform(array, -scale, scale);
      }

      @Override
      public String toString() {
        return "uniform(" + scale + ")";
      }
    };
  }

  /** Normal with mean 0 and standard deviation {@code sigma}. */
  public static Initializer normal(double sigma) {
    requireSize("sigma", sigma);
    return new Initializer() {
      @Override
      protected void initWeight(String name, NDArray array) {
        RandomFill.normal(array, sigma);
      }

      @Override
      public String toString() {
        return "normal(" + sigma + ")";
      }
    };
  }

  private static void requireSize(String what, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          what + " is " + value + ", expected a number of at least 0");
    }
  }

  /**
   * {@link Xavier} as MXNet's defaults have it: uniform, by the average of inputs and outputs,
   * magnitude 3.
   */
  public static Xavier xavier() {
    return new Xavier(Xavier.Distribution.UNIFORM, Xavier.Factor.AVERAGE, 3);
  }

  /**
   * The initializer of MXNet's name: {@code zeros}, {@code ones}, {@code uniform}, {@code normal},
   * {@code xavier}, {@code constant}, with the arguments that its JSON form carries.
   *
   * @throws IllegalArgumentException for other names
   */
  public static Initializer create(String name, Map<String, ?> arguments) {
    return switch (name.toLowerCase(java.util.Locale.ROOT)) {
      case "zero", "zeros" -> zero();
      case "one", "ones" -> one();
      case "uniform" -> uniform(number(arguments, "scale", 0.07));
      case "normal" -> normal(number(arguments, "sigma", 0.01));
      case "constant" -> constant(number(arguments, "value", 0));
      case "xavier" ->
          new Xavier(
              Xavier.Distribution.of(text(arguments, "rnd_type", "uniform")),
              Xavier.Factor.of(text(arguments, "factor_type", "avg")),
              number(arguments, "magnitude", 3));
      default ->
          throw new IllegalArgumentException(
              "initializer '"
                  + name
                  + "' is not known, expected zeros, ones, uniform, normal, constant or xavier");
    };
  }

  /**
   * Gives {@code array} its first values.
   *
   * @param name of the parameter, which decides by its ending
   */
  public final void init(String name, NDArray array) {
    Objects.requireNonNull(name, "name");
    if (endsWithAny(name, "bias", "beta", "moving_mean", "running_mean", "min")) {
      array.fill(0);
    } else if (endsWithAny(name, "gamma", "moving_var", "running_var", "max")) {
      array.fill(1);
    } else {
      initWeight(name, array);
    }
  }

  /**
   * Gives {@code array} its first values as if it were a weight, for parameters that name their own
   * initializer.
   */
  public final void initAsWeight(String name, NDArray array) {
    initWeight(Objects.requireNonNull(name, "name"), array);
  }

  /** Gives a weight its first values, whatever its name. */
  protected abstract void initWeight(String name, NDArray array);

  private static boolean endsWithAny(String name, String... endings) {
    for (String ending : endings) {
      if (name.endsWith(ending)) {
        return true;
      }
    }
    return false;
  }

  private static double number(Map<String, ?> arguments, String key, double fallback) {
    Object value = arguments.get(key);
    return value == null ? fallback : Double.parseDouble(value.toString());
  }

  private static String text(Map<String, ?> arguments, String key, String fallback) {
    Object value = arguments.get(key);
    return value == null ? fallback : value.toString();
  }
}
