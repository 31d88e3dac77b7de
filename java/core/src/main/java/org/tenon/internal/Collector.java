package org.tenon.internal;

import java.lang.ref.ReferenceQueue;
import java.util.concurrent.TimeUnit;

/**
 * Frees native objects that nobody closed, once the garbage collector has found them unreachable.
 *
 * <p>One daemon thread does it, and each registration helps a little, so that a thread which makes
 * garbage quickly also clears it. The Java heap does not see native memory; when much of it hangs
 * on unclosed objects, the native side asks for a collection (the sign bit of a new handle, or the
 * memory pool at its limit). The amount at which it asks grows with what survives, so a program
 * that really holds much is seldom disturbed.
 */
public final class Collector {
  static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();

  private static final int STRIPES = 16;
  private static final int HELP = 2;
  private static final long REFERENCES_TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final NativeReference.Head[] HEADS = new NativeReference.Head[STRIPES];
  private static final Object COLLECTION = new Object();

  static {
    for (int i = 0; i < STRIPES; i++) {
      HEADS[i] = new NativeReference.Head();
    }
    Thread reaper = new Reaper();
    reaper.start();
  }

  private Collector() {}

  /**
   * Watches an object.
   *
   * @param object whose reachability counts
   * @param handle what to give back
   * @return what to forget when the object is closed
   */
  static NativeReference register(Object object, long handle) {
    help();
    if (LeakDetector.LEVEL != LeakDetector.OFF) {
      return LeakDetector.track(object, handle, head());
    }
    return new NativeReference(object, handle, head());
  }

  static NativeReference.Head head() {
    return HEADS[(int) Thread.currentThread().getId() & (STRIPES - 1)];
  }

  private static void help() {
    for (int i = 0; i < HELP; i++) {
      NativeReference reference = (NativeReference) QUEUE.poll();
      if (reference == null) {
        return;
      }
      reference.reap();
    }
  }

  /**
   * Takes the native side's wish for a collection out of a new handle and fulfils it.
   *
   * @param handle as it came, perhaps with the sign bit set
   * @return the handle proper
   */
  public static long checked(long handle) {
    if (handle >= 0) {
      return handle;
    }
    relieve();
    return handle & Long.MAX_VALUE;
  }

  /**
   * Collects if the native side still finds that due; one thread at a time, the others wait for it.
   */
  private static void relieve() {
    synchronized (COLLECTION) {
      if (HandleNatives.underPressure()) {
        collect();
        HandleNatives.collected();
      }
    }
  }

  /**
   * Collects because a memory pool is about to fail. Called by the native side, from any thread.
   */
  static void reclaim() {
    synchronized (COLLECTION) {
      collect();
      HandleNatives.collected();
    }
  }

  /** One collection, and the freeing of all that it found. */
  private static void collect() {
    Sentinel sentinel = new Sentinel(new Object(), head());
    System.gc();
    long deadline = System.nanoTime() + REFERENCES_TIMEOUT_NANOS;
    while (!sentinel.seen && System.nanoTime() < deadline) {
      try {
        NativeReference reference = (NativeReference) QUEUE.remove(1);
        if (reference != null) {
          reference.reap();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    for (NativeReference r = (NativeReference) QUEUE.poll();
        r != null;
        r = (NativeReference) QUEUE.poll()) {
      r.reap();
    }
    sentinel.forget();
  }

  /** Tells that the references which a collection found have begun to arrive. */
  private static final class Sentinel extends NativeReference {
    volatile boolean seen;

    Sentinel(Object object, Head head) {
      super(object, 0, head);
    }

    @Override
    void free() {
      seen = true;
    }
  }

  private static final class Reaper extends Thread {
    Reaper() {
      super(null, null, "tenon-reaper", 0, false);
      setDaemon(true);
      setPriority(Thread.MAX_PRIORITY - 2);
    }

    @Override
    public void run() {
      while (true) {
        try {
          ((NativeReference) QUEUE.remove()).reap();
        } catch (InterruptedException e) {
          // Nobody has a reason to end this thread: it goes on until the process ends.
          continue;
        }
      }
    }
  }
}
