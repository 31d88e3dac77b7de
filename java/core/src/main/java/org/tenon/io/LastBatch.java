package org.tenon.io;

/** What to do with the examples at the end that do not fill a batch. */
public enum LastBatch {
  /** Fill up with examples from the beginning; {@link DataBatch#pad} says how many. */
  PAD,
  /** Leave them out. */
  DISCARD,
  /** Keep them for the beginning of the next epoch. */
  ROLL_OVER
}
