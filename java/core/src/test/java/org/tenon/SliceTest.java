package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.tenon.autograd.Autograd;

class SliceTest {
  private final NDArray x = NDArray.arange(24).reshape(2, 3, 4);

  @Test
  void aPartHasTheShapeThatMxnetGivesIt() {
    assertEquals(Shape.of(2, 4), x.get(Slice.all(), Slice.at(1)).shape());
    assertEquals(Shape.of(3, 2), x.get(Slice.at(0), Slice.all(), Slice.range(1, 3)).shape());
    assertEquals(Shape.of(2, 2, 4), x.get(Slice.all(), Slice.range(0, 3, 2)).shape());
    assertEquals(Shape.of(1), x.get(Slice.at(1), Slice.at(1), Slice.at(1)).shape());
    assertEquals(Shape.of(2, 0, 4), x.get(Slice.all(), Slice.range(1, 1)).shape());
  }

  @Test
  void aPartHasItsElements() {
    assertArrayEquals(
        new float[] {4, 5, 6, 7, 16, 17, 18, 19}, x.get(Slice.all(), Slice.at(1)).toFloatArray());
    assertArrayEquals(
        new float[] {14, 15, 22, 23},
        x.get(Slice.from(-1), Slice.range(0, 3, 2), Slice.from(-2)).toFloatArray());
    assertArrayEquals(
        new float[] {0, 1, 2, 4, 5, 6},
        x.get(Slice.at(-2), Slice.to(-1), Slice.to(3)).toFloatArray());
  }

  @Test
  void aPartIsACopy() {
    x.get(Slice.at(0)).fill(-1);
    assertEquals(0, x.get(0, 0, 0).toScalar());
  }

  @Test
  void partsAreOverwritten() {
    x.fill(9, Slice.all(), Slice.at(0), Slice.range(1, 3));
    x.set(NDArray.of(7, 8), Slice.at(1), Slice.from(1), Slice.to(2));
    x.set(NDArray.of(-1), Slice.at(0), Slice.at(2));
    assertArrayEquals(
        new float[] {
          0, 9, 9, 3, 4, 5, 6, 7, -1, -1, -1, -1, 12, 9, 9, 15, 7, 8, 18, 19, 7, 8, 22, 23
        },
        x.toFloatArray());
    float[] before = x.toFloatArray();
    x.fill(5, Slice.range(1, 1));
    x.set(NDArray.of(5), Slice.range(1, 1));
    assertArrayEquals(before, x.toFloatArray());
  }

  @Test
  void gradientsFlowThroughParts() {
    NDArray leaf = NDArray.of(1, 2, 3, 4).reshape(2, 2).attachGrad();
    NDArray y = Autograd.record(() -> leaf.get(Slice.all(), Slice.at(1)).square());
    y.backward();
    assertArrayEquals(new float[] {0, 4, 0, 8}, leaf.grad().toFloatArray());
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertMessage(
        "[1:5] is out of range for axis 1 of an array of shape (2,3,4), which has 3 places",
        () -> x.get(Slice.all(), Slice.range(1, 5)));
    assertMessage(
        "[3] is out of range for axis 1 of an array of shape (2,3,4), which has 3 places",
        () -> x.fill(0, Slice.all(), Slice.at(3)));
    assertMessage(
        "[-4] is out of range for axis 1 of an array of shape (2,3,4), which has 3 places",
        () -> x.get(Slice.all(), Slice.at(-4)));
    assertMessage("0 slices of an array of shape (2,3,4)", () -> x.fill(0, new Slice[0]));
    Slice all = Slice.all();
    assertMessage(
        "4 slices of an array of shape (2,3,4)", () -> x.set(NDArray.of(1), all, all, all, all));
    assertEquals(
        "the step of a slice is 0, expected at least 1",
        assertThrows(IllegalArgumentException.class, () -> Slice.range(0, 2, 0)).getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> x.set(NDArray.of(1, 2, 3), Slice.at(0), Slice.at(0)));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IndexOutOfBoundsException.class, call::run).getMessage());
  }

  @Test
  void slicesReadAsPythonWritesThem() {
    assertEquals(":", Slice.all().toString());
    assertEquals("-1", Slice.at(-1).toString());
    assertEquals("1:3", Slice.range(1, 3).toString());
    assertEquals(":3", Slice.to(3).toString());
    assertEquals("2:", Slice.from(2).toString());
    assertEquals("1:9:2", Slice.range(1, 9, 2).toString());
  }
}
