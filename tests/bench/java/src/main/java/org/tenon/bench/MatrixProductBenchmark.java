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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tenon.NDArray;
import org.tenon.Ops;

/** float32 products of n x n matrices, results allocated anew, each waited for. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class MatrixProductBenchmark {
  /** Tenon's operands. */
  @State(Scope.Benchmark)
  public static class Ours {
    @Param({"64", "128", "256", "1024", "4096"})
    int n;

    NDArray a;
    NDArray b;

    @Setup
    public void make() {
      a = Ops.normal(org.tenon.Device.cpu(), p -> p.shape(n, n));
      b = Ops.normal(org.tenon.Device.cpu(), p -> p.shape(n, n));
      b.waitToRead();
    }

    @TearDown
    public void close() {
      a.close();
      b.close();
    }
  }

  /** The peer's operands. */
  @State(Scope.Benchmark)
  public abstract static class Peer extends DjlPeer {
    @Param({"64", "128", "256", "1024", "4096"})
    int n;

    Peer(Djl engine) {
      super(engine);
    }

    @Override
    ai.djl.ndarray.NDArray operand(NDManager manager) {
      return manager.randomNormal(new Shape(n, n));
    }

    void multiply() {
      try (ai.djl.ndarray.NDArray product = a.dot(b)) {
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
  public void tenon(Ours m) {
    try (NDArray product = m.a.dot(m.b)) {
      product.waitToRead();
    }
  }

  @Benchmark
  public void djlPyTorch(PyTorch m) {
    m.multiply();
  }

  @Benchmark
  public void djlMxnet(Mxnet m) {
    m.multiply();
  }
}
