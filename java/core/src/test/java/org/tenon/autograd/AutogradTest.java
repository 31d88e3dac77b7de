package org.tenon.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tenon.GradRequest;
import org.tenon.NDArray;

class AutogradTest {
  private static NDArray product(NDArray x, NDArray w) {
    try (Autograd.Mode mode = Autograd.record()) {
      return x.dot(w);
    }
  }

  @Test
  void gradientsOfAProduct() {
    NDArray x = NDArray.of(new float[][] {{1, 2}, {3, 4}});
    NDArray w = NDArray.of(new float[][] {{5, 6}, {7, 8}});
    x.attachGrad();
    w.attachGrad();
    product(x, w).backward();
    assertArrayEquals(new float[] {11, 15, 11, 15}, x.grad().toFloatArray());
    assertArrayEquals(new float[] {4, 4, 6, 6}, w.grad().toFloatArray());
  }

  @Test
  void gradientsAreOverwrittenOrAddedAsAsked() {
    NDArray x = NDArray.of(new float[][] {{1, 2}});
    NDArray w = NDArray.of(new float[][] {{3}, {4}});
    x.attachGrad(GradRequest.ADD);
    w.attachGrad();
    product(x, w).backward();
    product(x, w).backward();
    assertArrayEquals(new float[] {6, 8}, x.grad().toFloatArray());
    assertArrayEquals(new float[] {1, 2}, w.grad().toFloatArray());
  }

  @Test
  void headGradientsWeigh() {
    NDArray x = NDArray.of(new float[][] {{1, 2}});
    NDArray w = NDArray.of(new float[][] {{3}, {4}});
    x.attachGrad();
    NDArray y = product(x, w);
    Autograd.backward(List.of(y), List.of(NDArray.of(new float[][] {{10}})), true);
    assertArrayEquals(new float[] {30, 40}, x.grad().toFloatArray());
    Autograd.backward(List.of(y), List.of(), false);
    assertArrayEquals(new float[] {3, 4}, x.grad().toFloatArray());
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> Autograd.backward(List.of(y), List.of(y, y), false));
    assertEquals("backward: 1 heads, but 2 head gradients", error.getMessage());
  }

  @Test
  void whatWasNotRecordedHasNoGradient() {
    NDArray x = NDArray.of(new float[][] {{1, 2}});
    IllegalStateException none = assertThrows(IllegalStateException.class, x::grad);
    assertEquals("this array has no gradient: call attachGrad() first", none.getMessage());
    x.attachGrad();
    NDArray y = x.dot(NDArray.of(new float[][] {{1}, {1}}));
    assertThrows(IllegalStateException.class, y::backward);
  }

  @Test
  void modesNestAndAreOfTheThread() throws InterruptedException {
    assertFalse(Autograd.isRecording());
    try (Autograd.Mode record = Autograd.record()) {
      assertTrue(Autograd.isRecording());
      assertTrue(Autograd.isTraining());
      Thread other = new Thread(() -> assertFalse(Autograd.isRecording()));
      other.start();
      other.join();
      try (Autograd.Mode pause = Autograd.pause()) {
        assertFalse(Autograd.isRecording());
        assertFalse(Autograd.isTraining());
      }
      try (Autograd.Mode predict = Autograd.predictMode()) {
        assertTrue(Autograd.isRecording());
        assertFalse(Autograd.isTraining());
      }
      assertTrue(Autograd.isTraining());
    }
    assertFalse(Autograd.isRecording());
    assertFalse(Autograd.isTraining());
  }

  @Test
  void headGradientsWeighEachElement() {
    NDArray x = NDArray.of(1, 2).attachGrad();
    NDArray y = Autograd.record(() -> x.mul(2).mul(x));
    y.backward(NDArray.of(10, 100), true);
    assertArrayEquals(new float[] {40, 800}, x.grad().toFloatArray());
    y.backward(true);
    assertArrayEquals(new float[] {4, 8}, x.grad().toFloatArray());
    y.backward(NDArray.of(1, 0));
    assertArrayEquals(new float[] {4, 0}, x.grad().toFloatArray());
    assertThrows(IllegalStateException.class, y::backward);
  }

  @Test
  void functionsAreComputedUnderASwitch() {
    NDArray x = NDArray.of(3).attachGrad();
    assertTrue(Autograd.record(() -> Autograd.isRecording() && Autograd.isTraining()));
    assertTrue(
        Autograd.record(
            () -> Autograd.pause(() -> !Autograd.isRecording() && !Autograd.isTraining())));
    assertTrue(Autograd.trainMode(() -> Autograd.isTraining() && !Autograd.isRecording()));
    assertTrue(
        Autograd.record(
            () -> Autograd.predictMode(() -> Autograd.isRecording() && !Autograd.isTraining())));
    assertThrows(
        ArithmeticException.class,
        () ->
            Autograd.record(
                () -> {
                  throw new ArithmeticException();
                }));
    assertFalse(Autograd.isRecording() || Autograd.isTraining());
    NDArray y = Autograd.record(() -> x.square());
    NDArray z = Autograd.record(() -> x.mul(5));
    Autograd.backward(List.of(y, z));
    // Both heads are recorded one by one and differentiated together: 2*3 + 5.
    assertArrayEquals(new float[] {11}, x.grad().toFloatArray());
  }
}
