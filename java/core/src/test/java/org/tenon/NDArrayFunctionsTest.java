package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What NDArray offers beside the operators' own methods. */
class NDArrayFunctionsTest {
  private final NDArray x = NDArray.of(new float[][] {{-1.5f, 0, 2.5f}, {3, -0.5f, 1}});

  private static void assertElements(NDArray array, double... expected) {
    assertArrayEquals(expected, array.toDoubleArray(), 1e-6);
  }

  @Test
  void functionsOfEachElement() {
    assertElements(NDArray.of(-1, 0, 2).tanh(), Math.tanh(-1), 0, Math.tanh(2));
    assertElements(NDArray.of(0, 1).sigmoid(), 0.5, 1 / (1 + Math.exp(-1)));
    assertElements(x.relu(), 0, 0, 2.5, 3, 0, 1);
    assertElements(x.sign(), -1, 0, 1, 1, -1, 1);
    assertElements(x.round(), -2, 0, 3, 3, -1, 1);
    assertElements(x.floor(), -2, 0, 2, 3, -1, 1);
    assertElements(x.ceil(), -1, 0, 3, 3, 0, 1);
    assertElements(x.clip(-1, 2), -1, 0, 2, 2, -0.5, 1);
    assertElements(NDArray.of(1, 2, 3).rpow(2), 2, 4, 8);
    assertElements(NDArray.of(3, 4).rmod(10), 1, 2);
  }

  @Test
  void softmaxRunsAlongTheLastAxisOrAnother() {
    double sum = 1 + Math.exp(1) + Math.exp(2);
    NDArray row = NDArray.arange(3).reshape(1, 3);
    assertElements(row.softmax(), 1 / sum, Math.exp(1) / sum, Math.exp(2) / sum);
    assertElements(row.logSoftmax(), -Math.log(sum), 1 - Math.log(sum), 2 - Math.log(sum));
    assertElements(row.softmax(0), 1, 1, 1);
    assertElements(row.logSoftmax(0), 0, 0, 0);
  }

  @Test
  void normIsTheRootOfTheSumOfSquares() {
    assertElements(NDArray.of(3, 4).norm(), 5);
    assertEquals(Shape.of(1), x.norm().shape());
  }

  @Test
  void shapesAreChanged() {
    NDArray column = NDArray.of(1, 2).reshape(2, 1);
    assertElements(column.broadcastTo(2, 3), 1, 1, 1, 2, 2, 2);
    assertElements(column.broadcastTo(2, 2, 1), 1, 2, 1, 2);
    assertThrows(IllegalArgumentException.class, () -> column.broadcastTo(3, 3));
    assertElements(column.tile(2), 1, 1, 2, 2);
    assertElements(NDArray.of(1, 2).repeat(2, 0), 1, 1, 2, 2);
    assertEquals(Shape.of(1, 3, 2), NDArray.zeros(2, 3, 1).swapAxes(0, 2).shape());
    assertEquals(Shape.of(2, 3), NDArray.zeros(1, 2, 3, 1).squeeze().shape());
    assertEquals(Shape.of(1, 2, 3), NDArray.zeros(1, 2, 3, 1).squeeze(-1).shape());
  }

  @Test
  void elementsAreFoundAndOrdered() {
    assertElements(x.sort(), -1.5, 0, 2.5, -0.5, 1, 3);
    assertElements(x.argsort(), 0, 1, 2, 1, 2, 0);
    assertElements(x.topk(2), 2, 1, 0, 2);
    assertElements(x.take(NDArray.of(1)), 3, -0.5, 1);
    assertElements(NDArray.of(2, 0).oneHot(3), 0, 0, 1, 1, 0, 0);
  }

  @Test
  void arraysAreMadeByShortForms() {
    assertElements(NDArray.of(1, 2.5f), 1, 2.5);
    assertElements(NDArray.of(3), 3);
    assertElements(NDArray.zeros(2).set(3), 3, 3);
    assertEquals(DType.FLOAT32, NDArray.of(3).dtype());
    assertEquals(Shape.of(2, 3), NDArray.empty(2, 3).shape());
    assertElements(NDArray.zeros(Shape.of(2)), 0, 0);
    assertElements(NDArray.ones(Shape.of(2)), 1, 1);
    assertElements(x.zerosLike(), new double[6]);
    assertElements(NDArray.of(new int[] {5, 6}).onesLike(), 1, 1);
    NDArray halves = NDArray.of(new double[][] {{1.5}, {2.5}}, DType.FLOAT16);
    assertEquals(DType.FLOAT16, halves.dtype());
    assertEquals(Shape.of(2, 1), halves.shape());
    assertElements(halves, 1.5, 2.5);
    assertEquals(DType.INT32, NDArray.of(new int[] {1}, DType.INT32).dtype());
  }

  @Test
  void randomNumbersAreDrawnByShortForms() {
    Tenon.seed(3);
    NDArray uniform = NDArray.uniform(2, 4, 100, 100);
    assertEquals(Shape.of(100, 100), uniform.shape());
    assertTrue(uniform.min().toScalar() >= 2 && uniform.max().toScalar() < 4);
    assertEquals(3, uniform.mean().toScalar(), 0.05);
    NDArray normal = NDArray.normal(5, 2, 10_000);
    assertEquals(5, normal.mean().toScalar(), 0.1);
    assertEquals(4, normal.sub(5).square().mean().toScalar(), 0.3);
  }

  @Test
  void arraysAreLoadedFromStreams(@TempDir Path folder) throws IOException {
    NDArray.save(folder.resolve("named"), Map.of("x", x));
    NDArray.save(folder.resolve("plain"), List.of(x, x));
    byte[] named = Files.readAllBytes(folder.resolve("named"));
    Map<String, NDArray> loaded = NDArray.load(new ByteArrayInputStream(named));
    assertArrayEquals(x.toFloatArray(), loaded.get("x").toFloatArray());
    byte[] plain = Files.readAllBytes(folder.resolve("plain"));
    assertEquals(
        List.of("0", "1"), List.copyOf(NDArray.load(new ByteArrayInputStream(plain)).keySet()));
    assertThrows(
        UncheckedIOException.class,
        () -> NDArray.load(new ByteArrayInputStream(named, 0, named.length - 1)));
    IOException broken = new IOException("broken");
    UncheckedIOException thrown =
        assertThrows(
            UncheckedIOException.class,
            () ->
                NDArray.load(
                    new java.io.InputStream() {
                      @Override
                      public int read() throws IOException {
                        throw broken;
                      }
                    }));
    assertEquals(broken, thrown.getCause());
  }
}
