package org.tenon.initializer;

import org.tenon.NDArray;
import org.tenon.Ops;

/** Draws numbers on the array's device, from its stream, into the array. */
final class RandomFill {
  private RandomFill() {}

  static void uniform(NDArray array, double low, double high) {
    Ops.randomUniform(
        array.device(),
        p -> p.low(low).high(high).shape(array.shape()).dtype(array.dtype()).out(array));
  }

  static void normal(NDArray array, double sigma) {
    Ops.randomNormal(
        array.device(),
        p -> p.loc(0).scale(sigma).shape(array.shape()).dtype(array.dtype()).out(array));
  }
}
