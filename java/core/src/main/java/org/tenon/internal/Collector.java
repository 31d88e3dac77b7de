package org.tenon.internal;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;

/**
 * Frees native objects that nobody closed, once the garbage collector has found them unreachable.
 *
 * <p>A daemon thread sweeps the lists of references after each collection. The Java heap does not
 * see native memory; when much of it hangs on unclosed objects, the native side asks for a
 * collection (the sign bit of a new handle, or the memory pool at its limit). The amount at which
 * it asks grows with what survives, so a program that really holds much is seldom disturbed.
 */
public final class Collector {
  private static final int STRIPES = 16;
  private static final NativeReference.Head[] HEADS = new NativeReference.Head[STRIPES];
  private static final Object COLLECTION = new Object();

  static {
    for (int i = 0; i < STRIPES; i++) {
      HEADS[i] = new NativeReference.Head();
    }
    Thread reaper = new Reaper();
    reaper.start();
  }

  /** Set in the handles of arrays of little memory; the native side does not read it. */
  private static final long SMALL = 1L << 62;

  private Collector() {}

  /** Whether the object is so small that it is watched with others. */
  static boolean joinsGroup(long handle) {
    return (handle & SMALL) != 0 && LeakDetector.LEVEL == LeakDetector.OFF;
  }

  /**
   * Watches an object.
   *
   * @param object whose reachability counts
   * @param handle what to give back
   * @return what to forget when the object is closed
   */
  static NativeReference register(Object object, long handle) {
    if (LeakDetector.LEVEL != LeakDetector.OFF) {
      return LeakDetector.track(object, handle, head());
    }
    return new NativeReference(object, handle, head());
  }

  static NativeReference.Head head() {
    return HEADS[(int) Thread.currentThread().getId() & (STRIPES - 1)];
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
      if (HandleNatives.underPressure(WatchGroup.deadBytes())) {
        collect();
      }
    }
  }

  /**
   * Collects because a memory pool is about to fail. Called by the native side, from any thread.
   */
  static void reclaim() {
    synchronized (COLLECTION) {
      collect();
      WatchGroup.freeAll();
    }
  }

  /** One collection; the small arrays that it found are freed little by little. */
  private static void collect() {
    long start = System.nanoTime();
    System.gc();
    long nanos = System.nanoTime() - start;
    sweep();
    // Who gives Java a large heap has a large machine, and collections that take long.
    long mostStep = Runtime.getRuntime().maxMemory() / 4;
    HandleNatives.collected(WatchGroup.deadBytes(), nanos, mostStep);
  }

  /** One sweep at a time: who waits for another's finds its work done. */
  private static void sweep() {
    synchronized (HEADS) {
      for (NativeReference.Head head : HEADS) {
        head.sweep();
      }
    }
  }

  private static final class Reaper extends Thread {
    /** How long threads that make arrays are given to free what they find. */
    private static final long PATIENCE_MILLIS = 20;

    private final ReferenceQueue<Object> collections = new ReferenceQueue<>();

    Reaper() {
      super(null, null, "tenon-reaper", 0, false);
      setDaemon(true);
      setPriority(Thread.MAX_PRIORITY - 2);
    }

    @Override
    public void run() {
      Reference<Object> sentinel = null;
      boolean due = false;
      while (true) {
        try {
          // An object that nobody holds tells of the next collection; it is made before the sweep,
          // so that a collection meanwhile is not missed.
          if (sentinel == null) {
            sentinel = new PhantomReference<>(new Object(), collections);
          }
          if (due) {
            sweep();
            due = false;
          }
          Reference<?> found =
              WatchGroup.anyDead() ? collections.remove(PATIENCE_MILLIS) : collections.remove();
          if (found != null) {
            sentinel = null;
            due = true;
          } else {
            WatchGroup.freeLeft();
          }
        } catch (InterruptedException e) {
          // Nobody has a reason to end this thread: it goes on until the process ends.
          continue;
        } catch (OutOfMemoryError e) {
          // The Java heap is full. Without this thread native memory would stay for ever: it tries
          // again when others have let go of something.
          pause();
        }
      }
    }

    /** With what is loaded already: there is no room for another class. */
    private static void pause() {
      try {
        Thread.sleep(PATIENCE_MILLIS);
      } catch (InterruptedException e) {
        // As above.
      }
    }
  }
}
