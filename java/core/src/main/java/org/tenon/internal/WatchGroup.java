package org.tenon.internal;

import java.lang.ref.Reference;

/**
 * Watches some small arrays together: when none of them is reachable any more, those that nobody
 * closed are given back. One reference for sixteen arrays spares the garbage collector most of its
 * work on them; in return an array that lives on keeps up to fifteen small ones from being freed.
 *
 * <p>What a collection found is freed, group by group, by threads that make new arrays: one group
 * for each new one, whose arrays then take over memory that freeing has just brought into the
 * processor's caches. Till then it counts as free, not as held: it puts off the next collection.
 * The reaper frees what nobody comes for.
 */
final class WatchGroup extends NativeReference {
  private static final int SIZE = 16;

  /** Of the dead groups, the reaper sees to it that one in so many is freed each time it looks. */
  private static final int LOOKS = 16;

  private static final ThreadLocal<WatchGroup> CURRENT = new ThreadLocal<>();
  private static final Object DEAD_LOCK = new Object();
  private static WatchGroup dead;
  private static volatile boolean anyDead;
  private static long deadCount;
  private static long deadBytes;
  private static long taken;
  private static long takenBefore;

  private final long[] handles = new long[SIZE];

  /** What the group's arrays hold, taking the first of them for typical. */
  private final long bytes;

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

  private WatchGroup(Token token, Head head, long first) {
    super(token, 0, head);
    token.group = this;
    bytes = SIZE * HandleNatives.bytesOf(first);
  }

  /** Watches an object as one of the calling thread's group; the object must keep the token. */
  static Token join(NativeObject object) {
    WatchGroup group = CURRENT.get();
    Token token = group == null ? null : (Token) group.get();
    if (token == null || group.count == SIZE) {
      token = new Token();
      group = new WatchGroup(token, Collector.head(), object.handle);
      CURRENT.set(group);
      if (anyDead) {
        freeOne();
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
          deadCount++;
          deadBytes += bytes;
          anyDead = true;
        }
        return;
      }
    }
  }

  static boolean anyDead() {
    return anyDead;
  }

  /** What the groups hold that are dead and not freed yet. */
  static long deadBytes() {
    synchronized (DEAD_LOCK) {
      return deadBytes;
    }
  }

  private static boolean freeOne() {
    WatchGroup group;
    WatchGroup next;
    synchronized (DEAD_LOCK) {
      group = dead;
      if (group == null) {
        return false;
      }
      next = group.nextDead;
      dead = next;
      deadCount--;
      deadBytes -= group.bytes;
      anyDead = next != null;
      taken++;
    }
    group.nextDead = null;
    HandleNatives.closeGroup(group.handles, group.count, next == null ? null : next.handles);
    return true;
  }

  static void freeAll() {
    while (freeOne()) {}
  }

  /**
   * Frees, if threads that make arrays have freed little since the last call: all if they have
   * freed nothing, else what is missing to a part of what is there.
   */
  static void freeLeft() {
    long missing;
    synchronized (DEAD_LOCK) {
      long freed = taken - takenBefore;
      missing = freed == 0 ? deadCount : (deadCount + LOOKS - 1) / LOOKS - freed;
    }
    while (missing-- > 0 && freeOne()) {}
    synchronized (DEAD_LOCK) {
      takenBefore = taken;
    }
  }
}
