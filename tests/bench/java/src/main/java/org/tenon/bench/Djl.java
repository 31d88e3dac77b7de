package org.tenon.bench;

import ai.djl.engine.Engine;
import ai.djl.mxnet.jna.JnaUtils;
import ai.djl.ndarray.NDManager;

/** The peer's engines. Each benchmark runs in a JVM of its own and loads only the one it uses. */
enum Djl {
  PYTORCH("PyTorch"),
  MXNET("MXNet");

  final String engine;

  Djl(String engine) {
    this.engine = engine;
  }

  NDManager newManager() {
    return Engine.getEngine(engine).newBaseManager();
  }

  /** MXNet computes in the background; PyTorch on the CPU is done when a call returns. */
  void waitAll() {
    if (this == MXNET) {
      JnaUtils.waitAll();
    }
  }
}
