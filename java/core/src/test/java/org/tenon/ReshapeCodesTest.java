package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReshapeCodesTest {
  private static long[] numbers(String list) {
    return java.util.Arrays.stream(list.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  /** What MXNet 1.9.1's NDArray.reshape gives for these. */
  @ParameterizedTest
  @CsvSource({
    "2 3, 0 -1, 2 3",
    "2 3, -1 0, 2 3",
    "2 3, -4 -1 1 0, 2 1 3",
    "2 3, 0 0 1, 2 3 1",
    "2 3, -2 1, 2 3 1",
    "2 3, -3 -1, 6 1",
    "2 3, -4 1 2 -2, 1 2 3",
    "2 3 4, -3 0, 6 4",
    "2 3 4, 0 -3, 2 12",
    "2 3 4, -4 1 2 0 0, 1 2 3 4",
    "2 3 4, 0 -4 -1 1 0, 2 3 1 4",
    "2 3 4, 4 -1, 4 6",
  })
  void codesGiveWhatMxnetGives(String from, String codes, String to) {
    assertEquals(
        Shape.of(numbers(to)), NDArray.zeros(numbers(from)).reshape(numbers(codes)).shape());
  }

  @ParameterizedTest
  @CsvSource({
    "6 0 -1, 24 elements are no multiple of 18",
    "-1 -1, only one extent may be -1",
    "0 0 0 0, the old shape has no axis 3 to take",
    "-4 2, -4 needs two extents behind it",
    "-4 -1 -1 0 0, -4 splits into two extents of which one may be -1",
    "-4 3 5 0 0, -4 cannot split 2 into 3 and 5",
    "-5 1, -5 is no extent",
    "4611686018427387904 2 -1, it has too many elements",
  })
  void othersAreRefused(String codes, String why) {
    String refused =
        assertThrows(
                IllegalArgumentException.class,
                () -> NDArray.zeros(2, 3, 4).reshape(numbers(codes)))
            .getMessage();
    assertEquals(
        "the shape (2,3,4) cannot become [" + String.join(", ", codes.split(" ")) + "]: " + why,
        refused);
  }

  @Test
  void arraysWithoutElementsKeepTheirExtents() {
    assertEquals(Shape.of(0, 6), NDArray.zeros(0, 2, 3).reshape(0, 6).shape());
    assertEquals(Shape.of(5, 0), NDArray.zeros(0, 2).reshape(Shape.of(5, 0)).shape());
    assertThrows(IllegalArgumentException.class, () -> NDArray.zeros(2, 0).reshape(-1, 0));
  }
}
