package org.tenon.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** A peer's two operands, for JMH: made anew for each trial, freed after it. */
public abstract class DjlPeer {
  final Djl engine;
  NDArray a;
  NDArray b;
  private NDManager manager;

  DjlPeer(Djl engine) {
    this.engine = engine;
  }

  /** One of the operands. */
  abstract NDArray operand(NDManager manager);

  @Setup
  public final void makeOperands() {
    manager = engine.newManager();
    a = operand(manager);
    b = operand(manager);
    engine.waitAll();
  }

  @TearDown
  public final void close() {
    manager.close();
  }
}
