/** Deep learning with MXNet's programming model on a native, dependency-scheduling core. */
module org.tenon {
  exports org.tenon;
  exports org.tenon.autograd;
  exports org.tenon.callback;
  exports org.tenon.initializer;
  exports org.tenon.io;
  exports org.tenon.kvstore;
  exports org.tenon.metric;
  exports org.tenon.module;
  exports org.tenon.op;
  exports org.tenon.optimizer;
  exports org.tenon.tools;
  exports org.tenon.viz;
}
