package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The arithmetic of arrays against plain loops. */
class ArithmeticTest {
  private static final int ROWS = 7;
  private static final int COLUMNS = 13;

  private final double[] a = random(1);
  private final double[] b = random(2);
  private NDScope scope;
  private NDArray x;
  private NDArray y;

  private static double[] random(long seed) {
    Random random = new Random(seed);
    double[] values = new double[ROWS * COLUMNS];
    for (int i = 0; i < values.length; i++) {
      // Quarters: equal elements occur, and sums are exact.
      values[i] = 0.25 + random.nextInt(12) / 4.0;
    }
    return values;
  }

  @BeforeEach
  void open() {
    scope = NDScope.open();
    x = NDArray.of(a, Shape.of(ROWS, COLUMNS));
    y = NDArray.of(b, Shape.of(ROWS, COLUMNS));
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private void assertBinary(DoubleBinaryOperator expected, NDArray actual) {
    double[] values = new double[a.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = expected.applyAsDouble(a[i], b[i]);
    }
    assertEquals(x.shape(), actual.shape());
    assertArrayEquals(values, actual.toDoubleArray(), 1e-12);
  }

  private void assertUnary(DoubleUnaryOperator expected, NDArray actual) {
    assertBinary((p, q) -> expected.applyAsDouble(p), actual);
  }

  private static double one(boolean condition) {
    return condition ? 1 : 0;
  }

  @Test
  void arraysCombineElementByElement() {
    assertBinary((p, q) -> p + q, x.add(y));
    assertBinary((p, q) -> p - q, x.sub(y));
    assertBinary((p, q) -> p * q, x.mul(y));
    assertBinary((p, q) -> p / q, x.div(y));
    assertBinary((p, q) -> p % q, x.mod(y));
    assertBinary(Math::pow, x.pow(y));
    assertBinary(Math::max, x.maximum(y));
    assertBinary(Math::min, x.minimum(y));
  }

  @Test
  void arraysCompareElementByElement() {
    assertBinary((p, q) -> one(p == q), x.eq(y));
    assertBinary((p, q) -> one(p != q), x.ne(y));
    assertBinary((p, q) -> one(p > q), x.gt(y));
    assertBinary((p, q) -> one(p >= q), x.ge(y));
    assertBinary((p, q) -> one(p < q), x.lt(y));
    assertBinary((p, q) -> one(p <= q), x.le(y));
  }

  @Test
  void scalarsCombineWithEveryElement() {
    assertUnary(p -> p + 1.5, x.add(1.5));
    assertUnary(p -> p - 1.5, x.sub(1.5));
    assertUnary(p -> 1.5 - p, x.rsub(1.5));
    assertUnary(p -> p * 1.5, x.mul(1.5));
    assertUnary(p -> p / 1.5, x.div(1.5));
    assertUnary(p -> 1.5 / p, x.rdiv(1.5));
    assertUnary(p -> p % 1.5, x.mod(1.5));
    assertUnary(p -> Math.pow(p, 1.5), x.pow(1.5));
    assertUnary(p -> Math.max(p, 1.5), x.maximum(1.5));
    assertUnary(p -> Math.min(p, 1.5), x.minimum(1.5));
    assertUnary(p -> one(p == 1.5), x.eq(1.5));
    assertUnary(p -> one(p != 1.5), x.ne(1.5));
    assertUnary(p -> one(p > 1.5), x.gt(1.5));
    assertUnary(p -> one(p >= 1.5), x.ge(1.5));
    assertUnary(p -> one(p < 1.5), x.lt(1.5));
    assertUnary(p -> one(p <= 1.5), x.le(1.5));
  }

  @Test
  void inPlaceArithmeticWritesTheArrayItself() {
    NDArray target = x.copy();
    assertSame(target, target.addi(y).muli(y).subi(2).divi(4));
    assertBinary((p, q) -> ((p + q) * q - 2) / 4, target);
    assertSame(target, target.set(x).subi(y).divi(y).addi(1).muli(y));
    assertBinary((p, q) -> p, target);
  }

  @Test
  void functionsApplyToEachElement() {
    assertUnary(p -> -p, x.neg());
    assertUnary(p -> Math.abs(p - 2), x.sub(2).abs());
    assertUnary(Math::exp, x.exp());
    assertUnary(Math::log, x.log());
    assertUnary(Math::sqrt, x.sqrt());
    assertUnary(p -> p * p, x.square());
  }

  @Test
  void shapesBroadcast() {
    NDArray row = NDArray.of(new double[][] {{1, 2, 3}});
    NDArray column = NDArray.of(new double[][] {{10}, {20}});
    NDArray sum = row.add(column);
    assertEquals(Shape.of(2, 3), sum.shape());
    assertArrayEquals(new double[] {11, 12, 13, 21, 22, 23}, sum.toDoubleArray());
  }

  @Test
  void reductionsMatchLoops() {
    double[] columns = new double[COLUMNS];
    double[] greatest = new double[ROWS];
    double[] place = new double[ROWS];
    double total = 0;
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < COLUMNS; j++) {
        double value = a[i * COLUMNS + j];
        columns[j] += value;
        total += value;
        if (value > greatest[i]) {
          greatest[i] = value;
          place[i] = j;
        }
      }
    }
    assertArrayEquals(columns, x.sum(0).toDoubleArray(), 1e-12);
    assertEquals(Shape.of(1, COLUMNS), x.sum(true, 0).shape());
    assertEquals(Shape.of(1), x.sum().shape());
    assertEquals(total, x.sum().toScalar(), 1e-9);
    assertEquals(total / a.length, x.mean().toScalar(), 1e-12);
    assertArrayEquals(greatest, x.max(-1).toDoubleArray());
    assertArrayEquals(place, x.argmax(1).toDoubleArray());
    assertEquals(x.neg().max().toScalar(), -x.min().toScalar());
    assertArrayEquals(x.neg().argmax(1).toDoubleArray(), x.argmin(1).toDoubleArray());
    assertEquals(24, NDArray.of(new float[] {2, 3, 4}).prod().toScalar());
  }

  @Test
  void productsAndTranspositionsMatchLoops() {
    double[] product = new double[ROWS * ROWS];
    double[] transposed = new double[a.length];
    for (int i = 0; i < ROWS; i++) {
      for (int k = 0; k < COLUMNS; k++) {
        transposed[k * ROWS + i] = a[i * COLUMNS + k];
        for (int j = 0; j < ROWS; j++) {
          product[i * ROWS + j] += a[i * COLUMNS + k] * b[j * COLUMNS + k];
        }
      }
    }
    assertArrayEquals(product, x.dot(y, false, true).toDoubleArray(), 1e-9);
    assertArrayEquals(product, x.dot(y.transpose()).toDoubleArray(), 1e-9);
    assertArrayEquals(transposed, x.transpose(1, 0).toDoubleArray());
  }

  @Test
  void parametersOfOperatorsAreTakenFromTheLambda() {
    NDArray clipped = Ops.clip(x, p -> p.aMin(1).aMax(2));
    assertUnary(p -> Math.min(2, Math.max(1, p)), clipped);
    NDArray joined = Ops.concat(p -> p.dim(0), x, y);
    assertEquals(Shape.of(2 * ROWS, COLUMNS), joined.shape());
    NDArray into = NDArray.zeros(Shape.of(ROWS, COLUMNS), DType.FLOAT64, Device.cpu());
    assertSame(into, Ops.clip(x, p -> p.aMin(1).aMax(2).out(into)));
    assertArrayEquals(clipped.toDoubleArray(), into.toDoubleArray());
    assertEquals(3, Ops.split(NDArray.zeros(2, 6), p -> p.numOutputs(3)).size());
  }

  @Test
  void seedsRepeatRandomNumbers() {
    Tenon.seed(7);
    float[] first = Ops.randomUniform(Device.cpu(), p -> p.shape(100)).toFloatArray();
    Tenon.seed(7);
    assertArrayEquals(first, Ops.randomUniform(Device.cpu(), p -> p.shape(100)).toFloatArray());
    for (float value : first) {
      assertEquals(0.5, value, 0.5);
    }
  }
}
