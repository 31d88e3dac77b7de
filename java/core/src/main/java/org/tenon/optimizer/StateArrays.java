package org.tenon.optimizer;

import org.tenon.NDArray;
import org.tenon.NDScope;

/** Makes what optimizers keep: it outlives the scope in which a training step runs. */
final class StateArrays {
  private StateArrays() {}

  static NDArray zerosLike(NDArray weight) {
    return NDScope.detached(() -> NDArray.zeros(weight.shape(), weight.dtype(), weight.device()));
  }
}
