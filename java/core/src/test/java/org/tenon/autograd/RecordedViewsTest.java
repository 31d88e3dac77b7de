package org.tenon.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.Shape;

/** Views while recording: the same memory, and gradients flow through them. */
class RecordedViewsTest {
  private NDScope scope;

  @BeforeEach
  void open() {
    scope = NDScope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static NDArray leaf(Object values) {
    NDArray x = NDArray.of(values);
    x.attachGrad();
    return x;
  }

  private static NDArray matrix() {
    return leaf(new float[][] {{1, 2}, {3, 4}, {5, 6}});
  }

  /** The gradient of the sum of what {@code f} makes of a leaf. */
  private static float[] gradient(NDArray x, UnaryOperator<NDArray> f) {
    NDArray y;
    try (Autograd.Mode mode = Autograd.record()) {
      y = f.apply(x);
    }
    y.backward();
    return x.grad().toFloatArray();
  }

  @Test
  void viewsShareMemoryWhileRecordingToo() {
    NDArray x = matrix();
    try (Autograd.Mode mode = Autograd.record()) {
      List<NDArray> views =
          List.of(
              x.slice(1, 3).reshape(4),
              x.at(-1),
              x.get(2, 0),
              x.reshape(2, -1),
              x.expandDims(0),
              x.flatten());
      x.set(new float[] {10, 20, 30, 40, 50, 60});
      assertArrayEquals(new float[] {30, 40, 50, 60}, views.get(0).toFloatArray());
      assertArrayEquals(new float[] {50, 60}, views.get(1).toFloatArray());
      assertArrayEquals(new float[] {50}, views.get(2).toFloatArray());
      assertEquals(Shape.of(2, 3), views.get(3).shape());
      assertEquals(Shape.of(1, 3, 2), views.get(4).shape());
      assertEquals(Shape.of(3, 2), views.get(5).shape());
      for (NDArray whole : views.subList(3, 6)) {
        assertArrayEquals(new float[] {10, 20, 30, 40, 50, 60}, whole.toFloatArray());
      }
    }
  }

  @Test
  void gradientsFlowThroughSlicesAndRows() {
    assertArrayEquals(
        new float[] {0, 0, 6, 8, 10, 12}, gradient(matrix(), x -> x.slice(1, 3).square()));
    assertArrayEquals(new float[] {0, 0, 6, 8, 0, 0}, gradient(matrix(), x -> x.at(1).square()));
    assertArrayEquals(
        new float[] {0, 0, 0, 0, 0, 12}, gradient(matrix(), x -> x.get(2, 1).square()));
    assertArrayEquals(
        new float[] {0, 2, 0}, gradient(leaf(new float[] {1, 1, 1}), x -> x.at(1).square()));
  }

  @Test
  void gradientsOfOverlappingViewsAreSummed() {
    assertArrayEquals(
        new float[] {1, 1, 2, 2, 1, 1}, gradient(matrix(), x -> x.slice(0, 2).add(x.slice(1, 3))));
    NDArray weights = NDArray.of(new float[][] {{1}, {10}, {100}});
    assertArrayEquals(
        new float[] {1, 10, 100, 1, 10, 100},
        gradient(matrix(), x -> x.reshape(2, 3).dot(weights)));
  }

  @Test
  void gradientsFlowThroughShapesThatHaveNoElementsOrNoAxes() {
    NDArray single = leaf(new float[] {3});
    assertArrayEquals(new float[] {6}, gradient(single, x -> x.reshape(Shape.of()).square()));
    NDArray empty = NDArray.zeros(3, 0);
    empty.attachGrad();
    assertEquals(0, gradient(empty, x -> x.reshape(Shape.of(0, 5)).square()).length);
    assertArrayEquals(
        new float[6], gradient(matrix(), x -> Ops.concat(p -> p.dim(0), x.slice(1, 1), x).mul(0)));
  }

  @Test
  void aViewCanItselfBeDifferentiated() {
    NDArray x = matrix();
    NDArray view;
    try (Autograd.Mode mode = Autograd.record()) {
      view = x.square().slice(0, 1);
    }
    Autograd.backward(List.of(view), List.of(NDArray.of(new float[][] {{1, 10}})), false);
    assertArrayEquals(new float[] {2, 40, 0, 0, 0, 0}, x.grad().toFloatArray());
  }

  @Test
  void viewsMadeOutsideOfRecordingAreNotPartOfTheGraph() {
    NDArray x = matrix();
    NDArray before = x.slice(0, 1);
    assertArrayEquals(
        new float[] {1, 2, 0, 0, 0, 0}, gradient(x, whole -> whole.slice(0, 1).mul(before)));
    assertThrows(IllegalStateException.class, before::backward);
  }

  @Test
  void detachingStopsGradients() {
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, gradient(matrix(), x -> x.mul(x.detach())));
  }

  @Test
  void copiesAreRecorded() {
    assertArrayEquals(
        new float[] {2, 4, 6, 8, 10, 12}, gradient(matrix(), x -> x.to(Device.cpu()).square()));
    assertArrayEquals(
        new float[] {2, 4, 6, 8, 10, 12},
        gradient(matrix(), x -> NDArray.zeros(6).set(x).square()));
    NDArray x = matrix();
    try (Autograd.Mode mode = Autograd.record()) {
      UnsupportedOperationException error =
          assertThrows(UnsupportedOperationException.class, () -> x.to(Device.cpu(1)));
      assertTrue(error.getMessage().contains("cpu(0) to cpu(1) cannot be recorded"));
      assertEquals(Device.cpu(1), x.detach().to(Device.cpu(1)).device());
    }
  }

  @Test
  void resultsWrittenIntoGivenArraysAreRecorded() {
    NDArray out = NDArray.zeros(3, 2);
    assertArrayEquals(
        new float[] {2, 4, 6, 8, 10, 12},
        gradient(
            matrix(),
            x -> {
              Ops.clip(x, p -> p.aMin(-9).aMax(9).out(out));
              return out.square();
            }));
    assertArrayEquals(
        new float[] {3, 3, 3, 3, 3, 3},
        gradient(
            matrix(),
            x -> {
              NDArray y = x.add(1);
              return y.addi(5).muli(3);
            }));
  }

  @Test
  void aLeafIsNotWrittenWhileRecording() {
    NDArray x = matrix();
    try (Autograd.Mode mode = Autograd.record()) {
      IllegalStateException error = assertThrows(IllegalStateException.class, () -> x.addi(x));
      assertTrue(error.getMessage().contains("cannot be written while recording"));
    }
  }
}
