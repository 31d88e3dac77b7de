package org.tenon.internal;

import java.util.Arrays;

/**
 * The handles that a scope will close. Used by one thread; freed by the collector if the scope is
 * lost.
 */
public final class HandleList {
  private long[] handles = new long[16];
  private int count;
  private NativeReference watch;

  /**
   * Makes a list for a scope.
   *
   * @param scope closes the list when it becomes unreachable
   */
  public HandleList(Object scope) {
    watch = new Watch(scope, this, Collector.head());
  }

  /**
   * Adds a handle.
   *
   * @param handle what to close
   * @return its place
   */
  public int add(long handle) {
    if (count == handles.length) {
      handles = Arrays.copyOf(handles, 2 * count);
    }
    handles[count] = handle;
    return count++;
  }

  /**
   * Takes a handle out.
   *
   * @param place from {@link #add}
   */
  public void remove(int place) {
    handles[place] = 0;
  }

  /** Closes all handles, in one native call. */
  public void closeAll() {
    watch.forget();
    HandleNatives.closeAll(handles, count);
    count = 0;
  }

  private static final class Watch extends NativeReference {
    private final HandleList list;

    Watch(Object scope, HandleList list, Head head) {
      super(scope, 0, head);
      this.list = list;
    }

    @Override
    void free() {
      HandleNatives.closeAll(list.handles, list.count);
    }
  }
}
