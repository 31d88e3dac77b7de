package org.tenon.internal;

/** Native methods of stores of values by key. */
public final class KVStoreNatives {
  private KVStoreNatives() {}

  /** Merges what was pushed into what is stored. */
  public interface Updater {
    /**
     * Called on the thread that pushes.
     *
     * @param key the key
     * @param pushed handle of the sum, owned by the receiver
     * @param stored handle of the stored value, owned by the receiver
     */
    void update(String key, long pushed, long stored);
  }

  /**
   * Makes a store.
   *
   * @param type such as {@code local}
   * @return the store
   */
  public static native long create(String type);

  /**
   * Sets a key's first value.
   *
   * @param store which
   * @param key the key
   * @param value an array
   */
  public static native void init(long store, String key, long value);

  /**
   * Sums arrays and gives the sum to the updater.
   *
   * @param store which
   * @param key the key
   * @param values arrays
   * @param priority higher first
   */
  public static native void push(long store, String key, long[] values, int priority);

  /**
   * Copies the stored value.
   *
   * @param store which
   * @param key the key
   * @param outputs arrays
   * @param priority higher first
   */
  public static native void pull(long store, String key, long[] outputs, int priority);

  /**
   * Sets the updater.
   *
   * @param store which
   * @param updater null: the sum becomes the stored value
   */
  public static native void setUpdater(long store, Updater updater);
}
