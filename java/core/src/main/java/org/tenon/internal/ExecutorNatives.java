package org.tenon.internal;

/** Native methods of executors. */
public final class ExecutorNatives {
  private ExecutorNatives() {}

  /** Receives operators' outputs. */
  public interface Monitor {
    /**
     * Called once per output.
     *
     * @param name the output's name
     * @param array its handle, owned by the receiver
     */
    void accept(String name, long array);
  }

  /**
   * Binds a symbol.
   *
   * @param symbol which
   * @param device packed
   * @param argumentNames names
   * @param arguments arrays
   * @param gradientNames names of those arguments that want a gradient
   * @param gradients arrays
   * @param requests MXNet's codes, for the gradients
   * @param auxiliaryNames names
   * @param auxiliary arrays
   * @return the executor
   */
  public static native long bind(
      long symbol,
      long device,
      String[] argumentNames,
      long[] arguments,
      String[] gradientNames,
      long[] gradients,
      int[] requests,
      String[] auxiliaryNames,
      long[] auxiliary);

  /**
   * Pushes the forward pass.
   *
   * @param executor which
   * @param training whether backward may follow
   */
  public static native void forward(long executor, boolean training);

  /**
   * Pushes the backward pass.
   *
   * @param executor which
   * @param headGradients one per output; empty: ones
   */
  public static native void backward(long executor, long[] headGradients);

  /**
   * The outputs.
   *
   * @param executor which
   * @return new handles
   */
  public static native long[] outputs(long executor);

  /**
   * An executor for other shapes.
   *
   * @param executor which
   * @param names of inputs
   * @param shapes theirs
   * @return the executor
   */
  public static native long reshape(long executor, String[] names, long[][] shapes);

  /**
   * Arrays that are bound.
   *
   * @param executor which
   * @param role 0: arguments, 1: gradients, 2: auxiliary states
   * @param names of those wanted
   * @return new handles, in the order of the names
   */
  public static native long[] arrays(long executor, int role, String[] names);

  /**
   * Watches operators' outputs.
   *
   * @param executor which
   * @param monitor null: nobody
   */
  public static native void setMonitor(long executor, Monitor monitor);

  /**
   * What the plan needs.
   *
   * @param executor which
   * @return bytes with and without sharing
   */
  public static native long[] memoryReport(long executor);
}
