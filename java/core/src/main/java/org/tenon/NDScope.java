package org.tenon;

import java.util.function.Supplier;
import org.tenon.internal.HandleList;
import org.tenon.internal.Loader;

/**
 * Closes, at its end, all arrays that its thread made inside, except those kept.
 *
 * <pre>{@code
 * try (NDScope scope = NDScope.open()) {
 *   NDArray difference = a.sub(b);
 *   return scope.keep(difference.mul(difference).sum());
 * }
 * }</pre>
 *
 * <p>Scopes nest: an array joins the innermost scope of the thread that makes it, and a kept one
 * moves to the next scope outwards. A scope belongs to the thread that opened it; arrays in it may
 * be used by any thread.
 */
public final class NDScope implements AutoCloseable {
  private static final ThreadLocal<NDScope> INNERMOST = new ThreadLocal<>();

  private final HandleList handles = new HandleList(this);
  private final Thread thread = Thread.currentThread();
  private final NDScope outer = INNERMOST.get();
  private boolean closed;

  private NDScope() {}

  /**
   * Opens a scope on this thread.
   *
   * @return the scope, to be closed by the same thread
   */
  public static NDScope open() {
    Loader.load();
    NDScope scope = new NDScope();
    INNERMOST.set(scope);
    return scope;
  }

  /**
   * Makes something outside all scopes: parameters, states, buffers that outlive the block.
   *
   * @param <T> what is made
   * @param maker makes it; arrays that it makes join no scope
   * @return what the maker returned
   */
  public static <T> T detached(Supplier<T> maker) {
    NDScope scope = INNERMOST.get();
    if (scope == null) {
      return maker.get();
    }
    INNERMOST.remove();
    try {
      return maker.get();
    } finally {
      INNERMOST.set(scope);
    }
  }

  /** The scope that a new array of this thread joins; null if there is none. */
  static NDScope innermost() {
    return INNERMOST.get();
  }

  int add(long handle) {
    return handles.add(handle);
  }

  /**
   * Moves an array out of this scope, into the next one outwards, or out of all scopes if this is
   * the outermost. An array that is not in this scope stays where it is.
   *
   * @param array what to keep
   * @return the array
   * @throws IllegalStateException if this scope is closed or belongs to another thread
   */
  public NDArray keep(NDArray array) {
    check();
    array.leave(this, outer);
    return array;
  }

  /**
   * Keeps several arrays.
   *
   * @param arrays what to keep
   * @throws IllegalStateException if this scope is closed or belongs to another thread
   */
  public void keep(Iterable<NDArray> arrays) {
    for (NDArray array : arrays) {
      keep(array);
    }
  }

  void remove(int place) {
    handles.remove(place);
  }

  private void check() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "this scope belongs to thread '"
              + thread.getName()
              + "', not to '"
              + Thread.currentThread().getName()
              + "'");
    }
    if (closed) {
      throw new IllegalStateException("this scope is closed");
    }
  }

  /**
   * Closes the arrays in this scope, and scopes opened inside it that are still open. Closing again
   * does nothing.
   *
   * @throws IllegalStateException if this scope belongs to another thread
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    check();
    for (NDScope scope = INNERMOST.get(); scope != this && scope != null; scope = scope.outer) {
      scope.closed = true;
      scope.handles.closeAll();
    }
    closed = true;
    handles.closeAll();
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
  }
}
