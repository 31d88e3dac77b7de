package org.tenon.internal;

import java.lang.ref.PhantomReference;

/**
 * Watches one native object: when the object becomes unreachable, its handle is given back.
 *
 * <p>References live in striped, doubly linked lists, which keep them reachable; a list's links are
 * guarded by its head.
 */
class NativeReference extends PhantomReference<Object> {
  final long handle;
  private final Head head;
  private NativeReference previous;
  private NativeReference next;

  /** A list. Threads are spread over several, so that registering seldom meets another thread. */
  static final class Head {
    private NativeReference first;
  }

  NativeReference(Object object, long handle, Head head) {
    super(object, Collector.QUEUE);
    this.handle = handle;
    this.head = head;
    synchronized (head) {
      next = head.first;
      if (next != null) {
        next.previous = this;
      }
      head.first = this;
      previous = this;
    }
  }

  /** Leaves the list; false if it had left already. */
  private boolean unlink() {
    synchronized (head) {
      if (previous == null) {
        return false;
      }
      if (next != null) {
        next.previous = previous == this ? next : previous;
      }
      if (previous == this) {
        head.first = next;
      } else {
        previous.next = next;
      }
      previous = null;
      next = null;
      return true;
    }
  }

  /**
   * Stops watching: the object has been closed, or belongs to a scope. Out of its list this
   * reference is itself unreachable, so it will not be queued.
   */
  final void forget() {
    unlink();
  }

  /** Called once the object is unreachable. */
  final void reap() {
    if (unlink()) {
      free();
    }
  }

  void free() {
    HandleNatives.close(handle);
  }
}
