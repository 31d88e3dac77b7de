package org.tenon.io;

import java.util.Iterator;
import java.util.List;

/**
 * Batches, one after the other: {@code for (DataBatch batch : iter)}, then {@link #reset} for the
 * next epoch.
 *
 * <p>An iterator is used by one thread at a time. It closes what it holds itself; the batches
 * belong to who takes them.
 */
public interface DataIter extends Iterator<DataBatch>, Iterable<DataBatch>, AutoCloseable {
  /** What {@link DataBatch#data} holds, in order. */
  List<DataDesc> provideData();

  /** What {@link DataBatch#label} holds, in order. */
  List<DataDesc> provideLabel();

  /** Back to the beginning; shuffling iterators take a new order. */
  void reset();

  /** Batches from reset to end, or -1 if that is not known. */
  default long batches() {
    return -1;
  }

  /** Examples in a batch. */
  default long batchSize() {
    return provideData().get(0).batchSize();
  }

  /** This iterator, from where it stands: it is reset by {@link #reset} alone. */
  @Override
  default Iterator<DataBatch> iterator() {
    return this;
  }

  @Override
  default void close() {}
}
