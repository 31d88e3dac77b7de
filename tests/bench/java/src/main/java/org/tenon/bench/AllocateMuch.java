package org.tenon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.Shape;
import org.tenon.Tenon;

/**
 * Seconds in which four threads make arrays of 1 KiB to 64 MiB, a number of GiB in all, that they
 * close or lose: {@code AllocateMuch closed|lost GIB}, in a JVM with a small heap.
 */
public final class AllocateMuch {
  private static final int THREADS = 4;
  private static final int POWERS = 17;

  private AllocateMuch() {}

  /**
   * Runs one way and prints its time.
   *
   * @param args the way and the amount
   * @throws InterruptedException if the threads are interrupted
   */
  public static void main(String[] args) throws InterruptedException {
    if (args.length != 2 || !(args[0].equals("closed") || args[0].equals("lost"))) {
      throw new IllegalArgumentException("expected closed or lost, and a number of GiB");
    }
    boolean close = args[0].equals("closed");
    long bytes = (Long.parseLong(args[1]) << 30) / THREADS;
    long start = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      Random random = new Random(t);
      threads.add(new Thread(() -> allocate(bytes, random, close)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    Tenon.waitAll();
    System.out.printf("%s %.2f s%n", args[0], (System.nanoTime() - start) / 1e9);
  }

  private static void allocate(long bytes, Random random, boolean close) {
    for (long left = bytes; left > 0; ) {
      long size = 1024L << random.nextInt(POWERS);
      NDArray array = NDArray.zeros(Shape.of(size / Float.BYTES), DType.FLOAT32, Device.cpu());
      if (close) {
        array.close();
      }
      left -= size;
    }
  }
}
