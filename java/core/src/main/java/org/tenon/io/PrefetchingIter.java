package org.tenon.io;

import java.util.ArrayDeque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import org.tenon.TenonException;

/**
 * Makes the batches of another iterator ahead of their use, on a thread of its own.
 *
 * <p>It owns the other iterator, and closes it and the batches that nobody took. An exception of
 * the other iterator is thrown by the call that would have given its batch.
 */
public final class PrefetchingIter implements DataIter {
  private final DataIter source;
  private final int depth;
  private final Queue<DataBatch> ready = new ArrayDeque<>();
  private final Thread thread;
  // All guarded by this.
  private Throwable failure;
  private boolean finished;
  private boolean paused;
  private boolean producing;
  private boolean closed;
  private boolean interrupts;

  /** With two batches ahead. */
  public PrefetchingIter(DataIter source) {
    this(source, 2);
  }

  /**
   * With {@code depth} batches ahead.
   *
   * @param depth at least 1
   */
  public PrefetchingIter(DataIter source, int depth) {
    if (depth < 1) {
      throw new IllegalArgumentException("depth is " + depth + ", expected at least 1");
    }
    this.source = Objects.requireNonNull(source, "source");
    this.depth = depth;
    thread = new Thread(this::produce, "tenon-prefetch");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public List<DataDesc> provideData() {
    return source.provideData();
  }

  @Override
  public List<DataDesc> provideLabel() {
    return source.provideLabel();
  }

  @Override
  public long batches() {
    return source.batches();
  }

  @Override
  public synchronized boolean hasNext() {
    requireOpen();
    while (ready.isEmpty() && !finished) {
      await();
    }
    restore();
    if (ready.isEmpty() && failure != null) {
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException exception) {
        throw exception;
      }
      // A checked one, which other languages need not declare.
      throw new TenonException(
          "the iterator that this one fetches from failed: " + failure, failure);
    }
    return !ready.isEmpty();
  }

  @Override
  public synchronized DataBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the iterator is at its end: reset it");
    }
    notifyAll();
    return ready.remove();
  }

  @Override
  public synchronized void reset() {
    requireOpen();
    paused = true;
    while (producing) {
      await();
    }
    restore();
    discard();
    failure = null;
    finished = false;
    try {
      source.reset();
    } finally {
      paused = false;
      notifyAll();
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      discard();
    }
    source.close();
  }

  private void produce() {
    while (true) {
      synchronized (this) {
        while (!closed && (paused || finished || ready.size() >= depth)) {
          await();
        }
        if (closed) {
          return;
        }
        producing = true;
      }
      DataBatch batch = null;
      Throwable thrown = null;
      try {
        batch = source.hasNext() ? source.next() : null;
      } catch (Throwable e) {
        // Whatever ends this thread ends whoever waits for it: out of memory, say.
        thrown = e;
      }
      synchronized (this) {
        producing = false;
        if (batch != null) {
          ready.add(batch);
        } else {
          finished = true;
          failure = thrown;
        }
        notifyAll();
      }
    }
  }

  private void discard() {
    ready.forEach(DataBatch::close);
    ready.clear();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the iterator is closed");
    }
  }

  /** Waits for a change without giving in to interrupts; {@link #restore} hands them on. */
  private void await() {
    try {
      wait();
    } catch (InterruptedException e) {
      interrupts = true;
    }
  }

  /** Tells the calling thread of an interrupt that came while it waited here. */
  private void restore() {
    if (interrupts && Thread.currentThread() != thread) {
      interrupts = false;
      Thread.currentThread().interrupt();
    }
  }
}
