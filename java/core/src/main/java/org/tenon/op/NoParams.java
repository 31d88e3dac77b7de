package org.tenon.op;

/**
 * What can be set for operators without parameters: attributes, and where the result goes.
 *
 * @param <V> {@link org.tenon.NDArray} or {@link org.tenon.Symbol}
 */
public final class NoParams<V> extends OpParams<V, NoParams<V>> {
  /**
   * Nothing set.
   *
   * @param inputs how many inputs the operator has
   */
  public NoParams(int inputs) {
    super(0, inputs);
  }

  @Override
  NoParams<V> self() {
    return this;
  }
}
