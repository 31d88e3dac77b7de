package org.tenon.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Training LeNet by one batch of 100 MNIST-sized images: forward, backward, SGD with momentum and
 * weight decay. The data lies in memory; results are waited for every {@code STEPS} batches.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 4)
@Fork(1)
public class LeNetBenchmark {
  static final int BATCH = 100;
  static final int CLASSES = 10;
  static final float LEARNING_RATE = 0.05f;
  static final float MOMENTUM = 0.9f;
  static final float WEIGHT_DECAY = 1e-5f;

  private static final int STEPS = 10;

  /** Tenon's Module. */
  @State(Scope.Benchmark)
  public static class Ours {
    private LeNetModule net;

    @Setup
    public void make() {
      net = new LeNetModule();
    }

    @TearDown
    public void close() {
      net.close();
    }
  }

  /** The same network in the peer's blocks. */
  public abstract static class Peer {
    private final Djl engine;
    private LeNetDjl net;

    Peer(Djl engine) {
      this.engine = engine;
    }

    @Setup
    public void make() {
      net = new LeNetDjl(engine);
    }

    void train() {
      net.train(STEPS);
    }

    @TearDown
    public void close() {
      net.close();
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
  @OperationsPerInvocation(STEPS)
  public void tenonModule(Ours ours) {
    ours.net.train(STEPS);
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void djlPyTorch(PyTorch peer) {
    peer.train();
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void djlMxnet(Mxnet peer) {
    peer.train();
  }
}
