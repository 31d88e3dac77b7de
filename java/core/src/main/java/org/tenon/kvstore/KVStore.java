package org.tenon.kvstore;

import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.tenon.NDArray;
import org.tenon.internal.Bridge;
import org.tenon.internal.Given;
import org.tenon.internal.KVStoreNatives;
import org.tenon.internal.Loader;
import org.tenon.internal.NativeObject;
import org.tenon.optimizer.Optimizer;

/**
 * Values by key that the devices of a training share: MXNet's KVStore. Gradients are pushed and
 * summed, weights pulled.
 *
 * <p>Calls return at once; sums and copies are computed in the background, in the order of the
 * calls. Any thread may call. A store owns its values and frees them on {@link #close}.
 */
@SuppressWarnings("exports") // callers see AutoCloseable; the base class stays inside
public final class KVStore extends NativeObject {
  private final String type;

  /** What an optimizer keeps, by key. */
  private final Map<String, List<NDArray>> states = new ConcurrentHashMap<>();

  private KVStore(String type) {
    super(KVStoreNatives.create(type));
    this.type = type;
    watch();
  }

  /** Merges what was pushed into what is stored. */
  @FunctionalInterface
  public interface Updater {
    /**
     * Called on the thread that pushes; what it throws is thrown by the push.
     *
     * @param key whose value it is
     * @param pushed the sum of what the devices pushed; closed afterwards
     * @param stored what is stored, to be changed in place; closed afterwards
     */
    void update(String key, NDArray pushed, NDArray stored);
  }

  /**
   * A store of that type: {@code local}, which sums on the CPU.
   *
   * @throws UnsupportedOperationException for types that this version does not offer
   */
  public static KVStore create(String type) {
    Loader.load();
    return new KVStore(Objects.requireNonNull(type, "type"));
  }

  /** The type it was made with. */
  public String type() {
    return type;
  }

  /** A store of the type {@code local}. */
  public static KVStore create() {
    return create("local");
  }

  /**
   * Sets a key's first value, copied.
   *
   * @throws IllegalStateException if the key has one
   */
  public void init(String key, NDArray value) {
    KVStoreNatives.init(handle, Objects.requireNonNull(key, "key"), handleOf(value));
    Reference.reachabilityFence(value);
    Reference.reachabilityFence(this);
  }

  /**
   * Pushes one array.
   *
   * @throws IllegalStateException if the key was not initialised
   */
  public void push(String key, NDArray value) {
    push(key, Given.list("values", value), 0);
  }

  /**
   * Sums arrays, one per device, and gives the sum to the updater; without one, the sum becomes the
   * stored value.
   *
   * @param priority higher first, where a store communicates
   * @throws IllegalStateException if the key was not initialised
   */
  public void push(String key, List<NDArray> values, int priority) {
    KVStoreNatives.push(handle, Objects.requireNonNull(key, "key"), handlesOf(values), priority);
    Reference.reachabilityFence(values);
    Reference.reachabilityFence(this);
  }

  /**
   * Sums arrays, one per device, and gives the sum to the updater; without one, the sum becomes the
   * stored value.
   *
   * @throws IllegalStateException if the key was not initialised
   */
  public void push(String key, List<NDArray> values) {
    push(key, values, 0);
  }

  /**
   * Copies the stored value into an array.
   *
   * @throws IllegalStateException if the key was not initialised
   */
  public void pull(String key, NDArray output) {
    pull(key, Given.list("outputs", output), 0);
  }

  /**
   * Copies the stored value into each of these arrays.
   *
   * @throws IllegalStateException if the key was not initialised
   */
  public void pull(String key, List<NDArray> outputs) {
    pull(key, outputs, 0);
  }

  /**
   * Copies the stored value into each of these arrays.
   *
   * @param priority higher first, where a store communicates
   * @throws IllegalStateException if the key was not initialised
   */
  public void pull(String key, List<NDArray> outputs, int priority) {
    KVStoreNatives.pull(handle, Objects.requireNonNull(key, "key"), handlesOf(outputs), priority);
    Reference.reachabilityFence(outputs);
    Reference.reachabilityFence(this);
  }

  /**
   * Lets an optimizer merge what is pushed: stored values are weights, pushed ones gradients.
   * Weight decay applies as in a module, by the key's ending.
   */
  public void setOptimizer(Optimizer optimizer) {
    Objects.requireNonNull(optimizer, "optimizer");
    setUpdater(
        (key, gradient, weight) ->
            optimizer.update(
                key,
                weight,
                gradient,
                states.computeIfAbsent(key, name -> optimizer.createState(weight)),
                Optimizer.Multipliers.of(key, Map.of()),
                1));
  }

  /** Sets what merges pushed values. */
  public void setUpdater(Updater updater) {
    Objects.requireNonNull(updater, "updater");
    KVStoreNatives.setUpdater(
        handle,
        (key, pushed, stored) -> {
          try (NDArray sum = Bridge.wrapArray(pushed);
              NDArray value = Bridge.wrapArray(stored)) {
            updater.update(key, sum, value);
          }
        });
    Reference.reachabilityFence(this);
  }

  /** As in {@code KVStore[local]}. */
  @Override
  public String toString() {
    return "KVStore[" + type + "]";
  }

  /** Frees the values, and what an optimizer kept. */
  @Override
  public void close() {
    super.close();
    states.values().forEach(state -> state.forEach(NDArray::close));
    states.clear();
  }
}
