package org.tenon.internal;

import java.lang.ref.Reference;

/**
 * Watches some small arrays together: when none of them is reachable any more, those that nobody
 * closed are given back. One reference for sixteen arrays spares the garbage collector most of its
 * work on them; in return an array that lives on keeps up to fifteen small ones from being freed.
 *
 * <p>What a collection found is freed, group by group, by threads that make new arrays, which get
 * back what is near to them; by the reaper if none does.
 */
final class WatchGroup extends NativeReference {
  private static final int SIZE = 16;

  /** Dead groups freed for a new one: more than one, so that they get fewer. */
  private static final int FREED_PER_GROUP = 2;

  private static final ThreadLocal<WatchGroup> CURRENT = new ThreadLocal<>();
  private static final Object DEAD_LOCK = new Object();
  private static WatchGroup dead;
  private static volatile boolean anyDead;
  private static long taken;
  private static long takenBefore;

  private final long[] handles = new long[SIZE];
  private int count;
  private int closed;
  private WatchGroup nextDead;

  /** What the arrays of a group hold. */
  static final class Token {
    private WatchGroup group;

    /** The array at this place of the group has been closed. */
    void forget(int place) {
      group.forget(place);
    }
  }

  private WatchGroup(Token token, Head head) {
    super(token, 0, head);
    token.group = this;
  }

  /** Watches an object as one of the calling thread's group; the object must keep the token. */
  static Token join(NativeObject object) {
    WatchGroup group = CURRENT.get();
    Token token = group == null ? null : (Token) group.get();
    if (token == null || group.count == SIZE) {
      token = new Token();
      group = new WatchGroup(token, Collector.head());
      CURRENT.set(group);
      if (anyDead) {
        freeSome();
      }
    }
    group.handles[group.count] = object.handle;
    object.place = group.count++;
    // What is written above happens before the group is found dead.
    Reference.reachabilityFence(token);
    return token;
  }

  private void forget(int place) {
    handles[place] = 0;
    // Threads that close at the same time may lose a count; then a collection finds the group.
    if (++closed == SIZE) {
      forget();
    }
  }

  /** Found dead, by a sweep. */
  @Override
  void free() {
    for (int i = 0; i < count; i++) {
      if (handles[i] != 0) {
        synchronized (DEAD_LOCK) {
          nextDead = dead;
          dead = this;
          anyDead = true;
        }
        return;
      }
    }
  }

  static boolean anyDead() {
    return anyDead;
  }

  private static void freeSome() {
    for (int i = 0; i < FREED_PER_GROUP && freeOne(); i++) {}
  }

  private static boolean freeOne() {
    WatchGroup group;
    synchronized (DEAD_LOCK) {
      group = dead;
      if (group == null) {
        return false;
      }
      dead = group.nextDead;
      anyDead = dead != null;
      taken++;
    }
    HandleNatives.closeAll(group.handles, group.count);
    return true;
  }

  static void freeAll() {
    while (freeOne()) {}
  }

  /** Frees all if nobody has freed any since the last call. */
  static void freeLeft() {
    synchronized (DEAD_LOCK) {
      boolean stalled = taken == takenBefore;
      takenBefore = taken;
      if (!stalled) {
        return;
      }
    }
    freeAll();
  }
}
