package org.tenon;

import java.lang.ref.Reference;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import org.tenon.internal.Attrs;
import org.tenon.internal.Collector;
import org.tenon.internal.OpNatives;
import org.tenon.internal.OpSpec;
import org.tenon.internal.ParamValues;
import org.tenon.internal.SymbolNatives;

/**
 * How operators are applied: the road that all methods of arrays, symbols and {@link Ops} share.
 */
final class OpCalls {
  private static final long[] NO_HANDLES = {};

  private OpCalls() {}

  /** Parameters that this package sets by number. */
  static final class Params<V> extends ParamValues<V> {
    Params(OpSpec spec) {
      super(spec.paramCount(), spec.inputCount());
    }

    Params<V> with(int index, Object value) {
      value(index, value);
      return this;
    }

    void to(V out) {
      output(out);
    }
  }

  static NDArray unary(OpSpec op, NDArray a) {
    Attrs attrs = op.defaults();
    long handle = OpNatives.invoke1(attrs.pointer(), a.handle());
    Reference.reachabilityFence(a);
    return NDArray.wrap(handle);
  }

  static NDArray binary(OpSpec op, NDArray a, NDArray b) {
    Attrs attrs = op.defaults();
    long handle = OpNatives.invoke2(attrs.pointer(), a.handle(), b.handle());
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    return NDArray.wrap(handle);
  }

  static NDArray scalar(OpSpec op, NDArray a, double scalar) {
    Attrs attrs = op.defaults();
    long handle = OpNatives.invokeScalar(attrs.pointer(), a.handle(), scalar);
    Reference.reachabilityFence(a);
    return NDArray.wrap(handle);
  }

  static void binaryInto(OpSpec op, NDArray a, NDArray b, NDArray out) {
    Attrs attrs = op.defaults();
    OpNatives.invoke2Into(attrs.pointer(), a.handle(), b.handle(), out.handle());
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(out);
  }

  static void scalarInto(OpSpec op, NDArray a, double scalar, NDArray out) {
    Attrs attrs = op.defaults();
    OpNatives.invokeScalarInto(attrs.pointer(), a.handle(), scalar, out.handle());
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(out);
  }

  /** The first output; others, if there are any, are closed at once. */
  static NDArray run(OpSpec op, ParamValues<NDArray> params, NDArray... inputs) {
    return first(outputs(op, params, -1, merge(op, params, inputs)));
  }

  /** As {@link #run}, for an operator with any number of inputs. */
  static NDArray runVariadic(OpSpec op, ParamValues<NDArray> params, List<NDArray> inputs) {
    return first(outputs(op, params, inputs.size(), inputs));
  }

  static List<NDArray> runAll(OpSpec op, ParamValues<NDArray> params, NDArray... inputs) {
    return outputs(op, params, -1, merge(op, params, inputs));
  }

  static List<NDArray> runAllVariadic(
      OpSpec op, ParamValues<NDArray> params, List<NDArray> inputs) {
    return outputs(op, params, inputs.size(), inputs);
  }

  /** The result of an operator without inputs. */
  static NDArray make(OpSpec op, ParamValues<NDArray> params, Device device) {
    NDArray out = params == null ? null : ParamValues.outOf(params);
    return first(invoke(op.attrs(params, -1), List.of(), out, op.dynamic(params), device));
  }

  private static NDArray first(List<NDArray> outputs) {
    for (int i = 1; i < outputs.size(); i++) {
      outputs.get(i).close();
    }
    return outputs.get(0);
  }

  private static List<NDArray> merge(OpSpec op, ParamValues<NDArray> params, NDArray[] required) {
    Object[] optional = params == null ? null : ParamValues.inputsOf(params);
    List<NDArray> inputs = new ArrayList<>(required.length);
    int gap = -1;
    for (int i = 0; i < required.length; i++) {
      NDArray input = required[i];
      if (input == null && optional != null) {
        input = (NDArray) optional[i];
      }
      if (input == null) {
        gap = gap < 0 ? i : gap;
      } else if (gap >= 0) {
        throw new IllegalArgumentException(
            op.name()
                + ": input '"
                + op.inputName(gap)
                + "' is missing before '"
                + op.inputName(i)
                + "'");
      } else {
        inputs.add(input);
      }
    }
    return inputs;
  }

  private static List<NDArray> outputs(
      OpSpec op, ParamValues<NDArray> params, int variadic, List<NDArray> inputs) {
    Attrs attrs = op.attrs(params, variadic);
    NDArray out = params == null ? null : ParamValues.outOf(params);
    // Only where there are no inputs does the device matter.
    Device device = inputs.isEmpty() && out != null ? out.device() : Device.cpu();
    return invoke(attrs, inputs, out, op.dynamic(params), device);
  }

  static List<NDArray> invoke(
      Attrs attrs, Collection<NDArray> inputs, NDArray out, double[] dynamic, Device device) {
    long[] handles = inputs.isEmpty() ? NO_HANDLES : new long[inputs.size()];
    int at = 0;
    for (NDArray input : inputs) {
      handles[at++] = input.handle();
    }
    long[] into = out == null ? null : new long[] {out.handle()};
    long[] results = OpNatives.invoke(attrs.pointer(), handles, into, dynamic, device.packed());
    Reference.reachabilityFence(inputs);
    Reference.reachabilityFence(attrs);
    if (results == null) {
      return List.of(out);
    }
    return wrap(results);
  }

  static List<NDArray> wrap(long[] handles) {
    NDArray[] arrays = new NDArray[handles.length];
    for (int i = 0; i < handles.length; i++) {
      arrays[i] = NDArray.wrap(handles[i]);
    }
    return new Arrays(arrays);
  }

  /** A fixed list, which an operator's few outputs do not need more of. */
  private static final class Arrays extends AbstractList<NDArray> implements RandomAccess {
    private final NDArray[] arrays;

    Arrays(NDArray[] arrays) {
      this.arrays = arrays;
    }

    @Override
    public NDArray get(int index) {
      return arrays[index];
    }

    @Override
    public int size() {
      return arrays.length;
    }
  }

  /**
   * Applies an operator to symbols; null inputs become variables. Where the name is empty, it is
   * made of the name under which the operator was {@code called}.
   */
  static Symbol compose(
      OpSpec op, String called, String name, ParamValues<Symbol> params, Symbol... inputs) {
    Object[] optional = params == null ? null : ParamValues.inputsOf(params);
    List<Symbol> given = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      Symbol input = inputs[i];
      if (input == null && optional != null) {
        input = (Symbol) optional[i];
      }
      if (input != null) {
        given.add(input);
        names.add(op.inputName(i));
      }
    }
    return compose(op, called, name, params, given, names.toArray(new String[0]));
  }

  static Symbol composeVariadic(
      OpSpec op, String called, String name, ParamValues<Symbol> params, List<Symbol> inputs) {
    return compose(op, called, name, params, inputs, null);
  }

  private static Symbol compose(
      OpSpec op,
      String called,
      String name,
      ParamValues<Symbol> params,
      List<Symbol> inputs,
      String[] names) {
    if (params != null && ParamValues.outOf(params) != null) {
      throw new IllegalArgumentException(
          op.name() + ": out() is for arrays, a symbol has no memory");
    }
    return compose(op.name(), called, op.texts(params), name, inputs, names);
  }

  static Symbol compose(
      String op,
      String called,
      String[] attributes,
      String name,
      List<Symbol> inputs,
      String[] inputNames) {
    long[] handles = new long[inputs.size()];
    for (int i = 0; i < handles.length; i++) {
      handles[i] = inputs.get(i).handle();
    }
    Objects.requireNonNull(name, "name is null");
    String named = name.isEmpty() ? SymbolNatives.nextName(called) : name;
    long handle = SymbolNatives.apply(op, attributes, named, handles, inputNames);
    Reference.reachabilityFence(inputs);
    return Symbol.wrap(Collector.checked(handle));
  }
}
