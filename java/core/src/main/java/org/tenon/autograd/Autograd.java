package org.tenon.autograd;

import java.lang.ref.Reference;
import java.util.List;
import java.util.function.Supplier;
import org.tenon.NDArray;
import org.tenon.internal.AutogradNatives;
import org.tenon.internal.Loader;
import org.tenon.internal.NativeObject;

/**
 * The tape: while a thread records, operators on arrays that depend on leaves are remembered, and
 * {@link NDArray#backward()} differentiates them.
 *
 * <pre>{@code
 * x.attachGrad();
 * NDArray y = Autograd.record(() -> x.mul(x).sum());
 * y.backward();
 * NDArray gradient = x.grad();
 * }</pre>
 *
 * <p>Each switch comes in two forms: one takes what is to be computed while it is set, one is set
 * until its {@link Mode} is closed: {@code try (Autograd.Mode recording = Autograd.record())}.
 */
public final class Autograd {
  static {
    Loader.load();
  }

  private Autograd() {}

  /**
   * A thread's switches as they were; closing puts them back. Closed by the thread that opened it.
   */
  public static final class Mode implements AutoCloseable {
    private final boolean recording;
    private final boolean training;

    private Mode(boolean record, boolean train) {
      recording = AutogradNatives.setRecording(record);
      training = AutogradNatives.setTraining(train);
    }

    @Override
    public void close() {
      AutogradNatives.setRecording(recording);
      AutogradNatives.setTraining(training);
    }
  }

  /**
   * Records on this thread, in training mode, until the result is closed.
   *
   * @return what puts the switches back
   */
  public static Mode record() {
    return new Mode(true, true);
  }

  /**
   * Records what a function computes on this thread, in training mode.
   *
   * @param <T> what it returns
   * @param computation called at once
   * @return what it returned
   */
  @SuppressWarnings("try") // the mode puts the switches back; nobody needs its name
  public static <T> T record(Supplier<T> computation) {
    try (Mode mode = record()) {
      return computation.get();
    }
  }

  /**
   * Records on this thread until the result is closed.
   *
   * @param training whether operators behave as in training
   * @return what puts the switches back
   */
  public static Mode record(boolean training) {
    return new Mode(true, training);
  }

  /**
   * Does not record on this thread, and leaves training mode, until the result is closed.
   *
   * @return what puts the switches back
   */
  public static Mode pause() {
    return new Mode(false, false);
  }

  /**
   * Computes something on this thread without recording it, and not in training mode.
   *
   * @param <T> what it returns
   * @param computation called at once
   * @return what it returned
   */
  @SuppressWarnings("try") // the mode puts the switches back; nobody needs its name
  public static <T> T pause(Supplier<T> computation) {
    try (Mode mode = pause()) {
      return computation.get();
    }
  }

  /**
   * Lets operators on this thread behave as in training until the result is closed.
   *
   * @return what puts the switches back
   */
  public static Mode trainMode() {
    return new Mode(AutogradNatives.isRecording(), true);
  }

  /**
   * Lets operators behave as in training while a function computes on this thread.
   *
   * @param <T> what it returns
   * @param computation called at once
   * @return what it returned
   */
  @SuppressWarnings("try") // the mode puts the switches back; nobody needs its name
  public static <T> T trainMode(Supplier<T> computation) {
    try (Mode mode = trainMode()) {
      return computation.get();
    }
  }

  /**
   * Lets operators on this thread behave as in prediction until the result is closed.
   *
   * @return what puts the switches back
   */
  public static Mode predictMode() {
    return new Mode(AutogradNatives.isRecording(), false);
  }

  /**
   * Lets operators behave as in prediction while a function computes on this thread.
   *
   * @param <T> what it returns
   * @param computation called at once
   * @return what it returned
   */
  @SuppressWarnings("try") // the mode puts the switches back; nobody needs its name
  public static <T> T predictMode(Supplier<T> computation) {
    try (Mode mode = predictMode()) {
      return computation.get();
    }
  }

  /**
   * Whether this thread records.
   *
   * @return the switch
   */
  public static boolean isRecording() {
    return AutogradNatives.isRecording();
  }

  /**
   * Whether operators on this thread behave as in training.
   *
   * @return the switch
   */
  public static boolean isTraining() {
    return AutogradNatives.isTraining();
  }

  /**
   * Differentiates the sum of arrays computed while recording. What was recorded is gone
   * afterwards.
   *
   * @param heads what to differentiate
   * @throws IllegalStateException if a head was not recorded, or its graph is gone
   */
  public static void backward(List<NDArray> heads) {
    backward(heads, List.of(), false);
  }

  /**
   * Differentiates the sum of arrays computed while recording.
   *
   * @param heads what to differentiate
   * @param headGradients a weight for each element of each head; empty for ones
   * @param retainGraph whether another backward may follow
   * @throws IllegalStateException if a head was not recorded, or its graph is gone
   */
  public static void backward(
      List<NDArray> heads, List<NDArray> headGradients, boolean retainGraph) {
    AutogradNatives.backward(
        NativeObject.handlesOf(heads), NativeObject.handlesOf(headGradients), retainGraph, true);
    Reference.reachabilityFence(heads);
    Reference.reachabilityFence(headGradients);
  }
}
