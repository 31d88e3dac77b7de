package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Arrays print as NumPy prints them: numpy_goldens.txt was written by make_numpy_goldens.py beside
 * it.
 */
class NDArrayPrinterTest {
  private static final double[] SPECIAL = {
    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 1.5, -2.25
  };

  @TestFactory
  List<DynamicTest> printsLikeNumPy() throws IOException {
    String text;
    try (InputStream in = NDArrayPrinterTest.class.getResourceAsStream("numpy_goldens.txt")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (String golden : text.split("\n---\n")) {
      int end = golden.indexOf('\n');
      String[] header = golden.substring(0, end).split("\\|", -1);
      String expected = golden.substring(end + 1);
      tests.add(
          DynamicTest.dynamicTest(
              header[0] + " " + header[1] + " (" + header[2] + ")",
              () -> assertEquals(expected, printed(header))));
    }
    return tests;
  }

  private static String printed(String[] header) {
    String[] dims = header[2].isEmpty() ? new String[0] : header[2].split(",");
    long[] extents = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      extents[i] = Long.parseLong(dims[i]);
    }
    Shape shape = Shape.of(extents);
    int n = (int) shape.size();
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = value(header[3], i, n);
    }
    try (NDArray doubles = NDArray.of(values, shape);
        NDArray array = doubles.asType(DType.of(header[1]))) {
      String text = array.toString();
      int last = text.lastIndexOf('\n');
      assertEquals("<NDArray " + shape + " " + header[1] + " @cpu(0)>", text.substring(last + 1));
      return text.substring(0, last);
    }
  }

  private static double value(String kind, int i, int n) {
    return switch (kind) {
      case "count" -> i;
      case "thirds" -> (i - n / 2) / 3.0;
      case "tenths" -> i / 10.0;
      case "large" -> i * 1234567.25;
      case "huge" -> i * 1.5e7;
      case "small" -> (i + 1) * 1e-5;
      case "wide" -> Math.pow(10.0, i - n / 2);
      case "special" -> SPECIAL[i % SPECIAL.length];
      case "parity" -> i % 2;
      default -> throw new IllegalArgumentException(kind);
    };
  }

  @Test
  void emptyArraysPrintBrackets() {
    try (NDArray empty = NDArray.empty(Shape.of(0, 3), DType.FLOAT32, Device.cpu())) {
      assertEquals("[]\n<NDArray (0,3) float32 @cpu(0)>", empty.toString());
    }
  }

  @Test
  void closedArraysSaySo() {
    NDArray array = NDArray.of(new float[] {1});
    array.close();
    assertEquals("<NDArray, closed>", array.toString());
  }
}
