package org.tenon.bench;

import ai.djl.ndarray.NDManager;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Tenon;

/**
 * What one small operator costs a Java program: an add of two 4-element arrays, issued. SteadyAdd
 * is the long run.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 10, time = 6)
@Fork(1)
public class SmallAddBenchmark {
  private static final int BATCH = 1000;

  /** Tenon's operands. */
  @State(Scope.Thread)
  public static class Ours {
    NDArray a;
    NDArray b;

    @Setup
    public void make() {
      a = NDArray.of(new float[] {1, 2, 3, 4});
      b = NDArray.of(new float[] {5, 6, 7, 8});
    }

    @TearDown(Level.Iteration)
    public void settle() {
      Tenon.waitAll();
    }
  }

  /** The peer's operands. */
  public abstract static class Peer extends DjlPeer {
    Peer(Djl engine) {
      super(engine);
    }

    @Override
    ai.djl.ndarray.NDArray operand(NDManager manager) {
      return manager.create(new float[] {1, 2, 3, 4});
    }

    void add() {
      for (int i = 0; i < BATCH; i++) {
        a.add(b).close();
      }
    }

    @TearDown(Level.Iteration)
    public void settle() {
      engine.waitAll();
    }
  }

  /** DJL with PyTorch. */
  @State(Scope.Thread)
  public static class PyTorch extends Peer {
    public PyTorch() {
      super(Djl.PYTORCH);
    }
  }

  /** DJL with MXNet. */
  @State(Scope.Thread)
  public static class Mxnet extends Peer {
    public Mxnet() {
      super(Djl.MXNET);
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void closed(Ours ours) {
    for (int i = 0; i < BATCH; i++) {
      ours.a.add(ours.b).close();
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void scoped(Ours ours) {
    try (NDScope scope = NDScope.open()) {
      for (int i = 0; i < BATCH; i++) {
        ours.a.add(ours.b);
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void neverClosed(Ours ours) {
    for (int i = 0; i < BATCH; i++) {
      ours.a.add(ours.b);
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void djlPyTorchClosed(PyTorch peer) {
    peer.add();
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void djlMxnetClosed(Mxnet peer) {
    peer.add();
  }
}
