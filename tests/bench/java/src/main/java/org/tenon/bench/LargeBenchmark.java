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

/** What large operators cost with their results allocated anew, each waited for. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class LargeBenchmark {
  private static final int ELEMENTS = 16 << 20;

  /** Matrices of a size. */
  @State(Scope.Benchmark)
  public static class Matrices {
    @Param({"64", "256", "1024", "4096"})
    int n;

    NDArray a;
    NDManager manager;
    ai.djl.ndarray.NDArray djl;

    @Setup
    public void make() {
      a = NDArray.ones(n, n);
      manager = NDManager.newBaseManager();
      djl = manager.ones(new Shape(n, n));
    }

    @TearDown
    public void close() {
      a.close();
      manager.close();
    }
  }

  /** Vectors of 64 MiB. */
  @State(Scope.Benchmark)
  public static class Vectors {
    NDArray a;
    NDArray b;
    NDManager manager;
    ai.djl.ndarray.NDArray djlA;
    ai.djl.ndarray.NDArray djlB;

    @Setup
    public void make() {
      a = NDArray.ones(ELEMENTS);
      b = NDArray.ones(ELEMENTS);
      manager = NDManager.newBaseManager();
      djlA = manager.ones(new Shape(ELEMENTS));
      djlB = manager.ones(new Shape(ELEMENTS));
    }

    @TearDown
    public void close() {
      a.close();
      b.close();
      manager.close();
    }
  }

  @Benchmark
  public void product(Matrices m) {
    try (NDArray result = m.a.dot(m.a)) {
      result.waitToRead();
    }
  }

  @Benchmark
  public void productDjlPyTorch(Matrices m) {
    m.djl.matMul(m.djl).close();
  }

  @Benchmark
  public void multiplyAdd(Vectors v) {
    try (NDArray product = v.a.mul(v.b);
        NDArray result = product.add(v.a)) {
      result.waitToRead();
    }
  }

  @Benchmark
  public void multiplyAddDjlPyTorch(Vectors v) {
    try (ai.djl.ndarray.NDArray product = v.djlA.mul(v.djlB)) {
      product.add(v.djlA).close();
    }
  }
}
