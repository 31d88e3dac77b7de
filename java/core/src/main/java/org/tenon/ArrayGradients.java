package org.tenon;

import java.lang.ref.Reference;
import org.tenon.internal.ArrayNatives;
import org.tenon.internal.AutogradNatives;

/** How an {@link NDArray} takes part in differentiation. */
abstract class ArrayGradients extends ArrayParts {
  ArrayGradients(long handle) {
    super(handle);
  }

  /**
   * Makes this array a leaf: {@link #backward()} of what is computed from it sets {@link #grad()}.
   *
   * @return this array
   */
  public NDArray attachGrad() {
    return attachGrad(GradRequest.WRITE);
  }

  /**
   * Makes this array a leaf.
   *
   * @param request whether backward overwrites the gradient or adds to it
   * @return this array
   */
  public NDArray attachGrad(GradRequest request) {
    try (NDArray gradient =
        NDScope.detached(() -> NDArray.zeros(self().shape(), self().dtype(), self().device()))) {
      AutogradNatives.markVariable(handle, gradient.handle(), request.code());
      Reference.reachabilityFence(this);
    }
    return self();
  }

  /**
   * The gradient of this leaf.
   *
   * @return another array over the gradient's memory
   * @throws IllegalStateException if this is no leaf
   */
  public NDArray grad() {
    long gradient = AutogradNatives.gradientOf(handle);
    Reference.reachabilityFence(this);
    if (gradient == 0) {
      throw new IllegalStateException("this array has no gradient: call attachGrad() first");
    }
    return NDArray.wrap(gradient);
  }

  /**
   * Differentiates the sum of this array, computed while recording, with respect to all leaves.
   * What was recorded is gone afterwards.
   *
   * @throws IllegalStateException if this was not recorded, or its graph is gone
   */
  public void backward() {
    backward(false);
  }

  /**
   * Differentiates the sum of this array, computed while recording, with respect to all leaves.
   *
   * @param retainGraph whether another backward may follow
   * @throws IllegalStateException if this was not recorded, or its graph is gone
   */
  public void backward(boolean retainGraph) {
    AutogradNatives.backward(new long[] {handle}, new long[0], retainGraph, true);
    Reference.reachabilityFence(this);
  }

  /**
   * Differentiates the sum of this array, computed while recording, with weights.
   *
   * @param headGradient a weight for each element of this array
   * @throws IllegalStateException if this was not recorded, or its graph is gone
   */
  public void backward(NDArray headGradient) {
    backward(headGradient, false);
  }

  /**
   * Differentiates the sum of this array, computed while recording, with weights.
   *
   * @param headGradient a weight for each element of this array
   * @param retainGraph whether another backward may follow
   * @throws IllegalStateException if this was not recorded, or its graph is gone
   */
  public void backward(NDArray headGradient, boolean retainGraph) {
    long[] weights = {headGradient.handle()};
    AutogradNatives.backward(new long[] {handle}, weights, retainGraph, true);
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(headGradient);
  }

  /**
   * The same memory without its part in what was recorded: gradients stop here.
   *
   * @return a view
   */
  public NDArray detach() {
    NDArray view = NDArray.wrap(ArrayNatives.detach(handle));
    Reference.reachabilityFence(this);
    return view;
  }
}
