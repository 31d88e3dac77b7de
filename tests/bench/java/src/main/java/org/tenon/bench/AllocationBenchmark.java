package org.tenon.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Shape;

/** Arrays of 1 KiB to 64 MiB on 4 threads in a small heap: closed, and left to the collector. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 5)
@Fork(value = 1, jvmArgsAppend = "-Xmx512m")
@Threads(4)
public class AllocationBenchmark {
  /** A thread's sizes. */
  @State(Scope.Thread)
  public static class Sizes {
    private final Random random = new Random(1);

    Shape next() {
      return Shape.of(256L << random.nextInt(17));
    }
  }

  @Benchmark
  public void closed(Sizes sizes) {
    NDArray.zeros(sizes.next(), DType.FLOAT32, Device.cpu()).close();
  }

  @Benchmark
  public void neverClosed(Sizes sizes) {
    NDArray.zeros(sizes.next(), DType.FLOAT32, Device.cpu());
  }
}
