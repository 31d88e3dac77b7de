package org.tenon.internal;

import java.util.Collection;
import java.util.List;

/** Lists that callers gave, copied; what is null in them is named. */
public final class Given {
  private Given() {}

  /**
   * The elements of an array.
   *
   * @param what the parameter's name
   * @param values none of them null
   * @return an unmodifiable list
   * @throws NullPointerException naming what is null
   */
  @SafeVarargs
  @SuppressWarnings("varargs")
  public static <T> List<T> list(String what, T... values) {
    if (values == null) {
      throw new NullPointerException(what + " is null");
    }
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        throw new NullPointerException(what + "[" + i + "] is null");
      }
    }
    return List.of(values);
  }

  /**
   * The elements of a collection.
   *
   * @param what the parameter's name
   * @param values none of them null
   * @return an unmodifiable list
   * @throws NullPointerException naming what is null
   */
  public static <T> List<T> list(String what, Collection<? extends T> values) {
    if (values == null) {
      throw new NullPointerException(what + " is null");
    }
    int i = 0;
    for (T value : values) {
      if (value == null) {
        throw new NullPointerException(what + "[" + i + "] is null");
      }
      i++;
    }
    return List.copyOf(values);
  }
}
