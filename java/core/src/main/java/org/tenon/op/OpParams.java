package org.tenon.op;

import java.util.ArrayList;
import java.util.List;
import org.tenon.internal.ParamValues;

/**
 * What every operator's parameter class offers. An object serves one call and one thread.
 *
 * @param <V> {@link org.tenon.NDArray} or {@link org.tenon.Symbol}
 * @param <P> the parameter class itself
 */
@SuppressWarnings("exports") // The base class is internal on purpose.
public abstract class OpParams<V, P extends OpParams<V, P>> extends ParamValues<V> {
  /** Stands for None in a tuple. */
  public static final long NONE = Long.MIN_VALUE;

  OpParams(int params, int inputs) {
    super(params, inputs);
  }

  /** A tuple as a value. */
  static List<Object> tuple(long... values) {
    List<Object> list = new ArrayList<>(values.length);
    for (long value : values) {
      list.add(value == NONE ? null : value);
    }
    return list;
  }

  /** A tuple as a value. */
  static List<Object> tuple(double... values) {
    List<Object> list = new ArrayList<>(values.length);
    for (double value : values) {
      list.add(value);
    }
    return list;
  }

  /** This object as what it is. */
  abstract P self();

  /**
   * Sets an attribute that the operator itself does not know, such as {@code __lr_mult__}.
   *
   * @param key its name, between double underscores
   * @param value its value
   * @return this
   */
  public final P attr(String key, String value) {
    attribute(key, value);
    return self();
  }

  /**
   * Writes the result into an array instead of a new one. For arrays only.
   *
   * @param out an array of the result's shape and dtype
   * @return this
   */
  public final P out(V out) {
    output(out);
    return self();
  }
}
