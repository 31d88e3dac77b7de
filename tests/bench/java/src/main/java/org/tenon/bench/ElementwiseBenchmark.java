package org.tenon.bench;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tenon.NDArray;

/**
 * {@code a.mul(b).add(a)} over 16M floats, results allocated anew, each waited for. Five arrays of
 * 64 MiB pass through memory. The native benchmarks have the same two passes in C++.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ElementwiseBenchmark {
  private static final int ELEMENTS = 16 << 20;

  /** Tenon's operands. */
  @State(Scope.Benchmark)
  public static class Ours {
    NDArray a;
    NDArray b;

    @Setup
    public void make() {
      a = NDArray.ones(ELEMENTS);
      b = NDArray.ones(ELEMENTS);
      b.waitToRead();
    }

    @TearDown
    public void close() {
      a.close();
      b.close();
    }
  }

  /** The peer's operands. */
  public abstract static class Peer extends DjlPeer {
    Peer(Djl engine) {
      super(engine);
    }

    @Override
    ai.djl.ndarray.NDArray operand(NDManager manager) {
      return manager.ones(new Shape(ELEMENTS));
    }

    void multiplyAdd() {
      try (ai.djl.ndarray.NDArray product = a.mul(b);
          ai.djl.ndarray.NDArray sum = product.add(a)) {
        engine.waitAll();
      }
    }
  }

  /** DJL with PyTorch. */
  @State(Scope.Benchmark)
  public static class PyTorch extends Peer {
    public PyTorch() {
      super(Djl.PYTORCH);
    }
  }

  /** DJL with MXNet. */
  @State(Scope.Benchmark)
  public static class Mxnet extends Peer {
    public Mxnet() {
      super(Djl.MXNET);
    }
  }

  @Benchmark
  public void tenon(Ours v) {
    try (NDArray product = v.a.mul(v.b);
        NDArray sum = product.add(v.a)) {
      sum.waitToRead();
    }
  }

  @Benchmark
  public void djlPyTorch(PyTorch v) {
    v.multiplyAdd();
  }

  @Benchmark
  public void djlMxnet(Mxnet v) {
    v.multiplyAdd();
  }
}
