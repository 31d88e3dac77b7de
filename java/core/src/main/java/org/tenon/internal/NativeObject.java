package org.tenon.internal;

import java.util.Collection;

/**
 * What owns a native handle: one reference, given back by {@link #close()}, by a scope, or by the
 * collector.
 *
 * <p>A handle is a slot and a generation which the native side checks and retains on each call, so
 * using it after {@code close()}, closing it twice, or closing it while another thread is inside a
 * call are an {@link IllegalStateException} or nothing at all. Callers keep the object reachable
 * until a native call returns ({@link java.lang.ref.Reference#reachabilityFence}). Safe for use by
 * any thread.
 */
public abstract class NativeObject implements AutoCloseable {
  /** Slot and generation; stale after close. */
  protected final long handle;

  /**
   * What watches this object, a {@link NativeReference} or a group's token; the scope that will
   * close it; or null.
   */
  protected Object owner;

  /** Where the owner keeps the handle, if it keeps several. */
  protected int place;

  /**
   * Takes over a handle.
   *
   * @param handle from the native side
   */
  protected NativeObject(long handle) {
    this.handle = handle;
  }

  /** Has the collector free this object should nobody else. */
  protected final void watch() {
    owner = Collector.joinsGroup(handle) ? WatchGroup.join(this) : Collector.register(this, handle);
  }

  /**
   * Frees the native object once calls that use it have returned. Never waits. Closing again does
   * nothing; using a closed object is an {@link IllegalStateException}.
   */
  @Override
  public void close() {
    HandleNatives.close(handle);
    if (owner instanceof NativeReference reference) {
      reference.forget();
    } else if (owner instanceof WatchGroup.Token token) {
      token.forget(place);
    }
    owner = null;
  }

  /**
   * Whether {@link #close()} has been called, by a person, a scope or otherwise.
   *
   * @return true once closed
   */
  public final boolean isClosed() {
    return !HandleNatives.isOpen(handle);
  }

  /**
   * The handle of an object, for the other packages of this module.
   *
   * @param object whose handle
   * @return the handle
   */
  public static long handleOf(NativeObject object) {
    return object.handle;
  }

  /**
   * The handles of objects; the caller keeps the objects reachable.
   *
   * @param objects whose handles
   * @return the handles, in order
   */
  public static long[] handlesOf(Collection<? extends NativeObject> objects) {
    long[] handles = new long[objects.size()];
    int i = 0;
    for (NativeObject object : objects) {
      handles[i++] = object.handle;
    }
    return handles;
  }
}
