/** Deep learning with MXNet's programming model on a native, dependency-scheduling core. */
module org.tenon {
  exports org.tenon;
  exports org.tenon.autograd;
  exports org.tenon.op;
}
