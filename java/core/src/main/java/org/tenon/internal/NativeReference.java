package org.tenon.internal;

import java.lang.ref.WeakReference;

/**
 * Watches one native object: when the object becomes unreachable, its handle is given back.
 *
 * <p>References live in striped, doubly linked lists, which keep them reachable; a list's links are
 * guarded by its head. They belong to no queue: after a garbage collection the lists are swept for
 * references that it cleared, which costs neither a lock nor a notification for each. They are weak
 * references, cleared before finalizers run: an object that a finalizer brings back is closed.
 */
class NativeReference extends WeakReference<Object> {
  final long handle;
  private final Head head;
  private NativeReference previous;
  private NativeReference next;

  /** A list. Threads are spread over several, so that registering seldom meets another thread. */
  static final class Head {
    private static final int BATCH = 256;

    private NativeReference first;

    /** Gives back what references of this list stood for whose objects have become unreachable. */
    void sweep() {
      long[] handles = new long[BATCH];
      int count = 0;
      NativeReference following;
      for (NativeReference dead = takeDead(); dead != null; dead = following) {
        following = dead.next;
        // One that is freed later must not keep its neighbours.
        dead.next = null;
        if (dead.getClass() == NativeReference.class) {
          handles[count++] = dead.handle;
          if (count == BATCH) {
            HandleNatives.closeAll(handles, count);
            count = 0;
          }
        } else {
          dead.free();
        }
      }
      HandleNatives.closeAll(handles, count);
    }

    /** Unlinks the references whose objects are gone; they come as a chain. */
    private synchronized NativeReference takeDead() {
      NativeReference dead = null;
      NativeReference reference = first;
      while (reference != null) {
        NativeReference following = reference.next;
        if (reference.refersTo(null)) {
          reference.unlink();
          reference.next = dead;
          dead = reference;
        }
        reference = following;
      }
      return dead;
    }
  }

  NativeReference(Object object, long handle, Head head) {
    super(object, null);
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

  /**
   * Leaves the list, if it has not left it already; called with the head's lock. The first is its
   * own previous.
   */
  private void unlink() {
    if (previous == null) {
      return;
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
  }

  /** Stops watching: the object has been closed, or belongs to a scope. */
  final void forget() {
    synchronized (head) {
      if (previous != null) {
        unlink();
      }
    }
  }

  void free() {
    HandleNatives.close(handle);
  }
}
