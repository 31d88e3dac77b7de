package org.tenon.internal;

import java.lang.ref.Reference;
import java.util.Map;

/**
 * A parsed parameter set on the native side. Immutable; freed when nobody uses it any more. Whoever
 * passes {@link #pointer} to a native method keeps this object reachable until the method returns.
 */
public final class Attrs {
  private final long pointer;

  private Attrs(long pointer) {
    this.pointer = pointer;
    new Watch(this, pointer, Collector.head());
  }

  static Attrs parse(String op, String[] keys, String[] values, int inputs) {
    Loader.load();
    return new Attrs(OpNatives.parse(op, keys, values, inputs));
  }

  /**
   * Parses attributes as MXNet spells them.
   *
   * @param op an operator's name
   * @param attributes by name
   * @param inputs how many inputs there will be
   * @return the set
   * @throws IllegalArgumentException if there is no such operator, or an attribute does not fit
   */
  public static Attrs parse(String op, Map<String, String> attributes, int inputs) {
    return parse(
        op,
        attributes.keySet().toArray(new String[0]),
        attributes.values().toArray(new String[0]),
        inputs);
  }

  /**
   * For native methods.
   *
   * @return the address
   */
  public long pointer() {
    return pointer;
  }

  /**
   * How many outputs a caller sees.
   *
   * @return at least 1
   */
  public int visibleOutputs() {
    int outputs = OpNatives.visibleOutputs(pointer);
    Reference.reachabilityFence(this);
    return outputs;
  }

  /** Gives the set back when it has become unreachable. */
  static final class Watch extends NativeReference {
    Watch(Attrs attrs, long pointer, Head head) {
      super(attrs, pointer, head);
    }

    @Override
    void free() {
      OpNatives.free(handle);
    }
  }
}
