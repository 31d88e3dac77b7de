package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

/** Nodes that are given no name are named as MXNet's Python front end names them. */
class SymbolNamesTest {
  /** A line of Python and its Java line. */
  private record Case(String python, BinaryOperator<Symbol> java) {}

  private static final List<Case> CASES =
      List.of(
          new Case("x + y", (x, y) -> x.add(y)),
          new Case("x + 1", (x, y) -> x.add(1)),
          new Case("x - y", (x, y) -> x.sub(y)),
          new Case("x - 1", (x, y) -> x.sub(1)),
          new Case("1 - x", (x, y) -> x.rsub(1)),
          new Case("x * y", (x, y) -> x.mul(y)),
          new Case("x * 2", (x, y) -> x.mul(2)),
          new Case("x / y", (x, y) -> x.div(y)),
          new Case("x / 2", (x, y) -> x.div(2)),
          new Case("2 / x", (x, y) -> x.rdiv(2)),
          new Case("x % y", (x, y) -> x.mod(y)),
          new Case("x % 2", (x, y) -> x.mod(2)),
          new Case("2 % x", (x, y) -> x.rmod(2)),
          new Case("x ** y", (x, y) -> x.pow(y)),
          new Case("x ** 2", (x, y) -> x.pow(2)),
          new Case("mx.sym.pow(2, x)", (x, y) -> x.rpow(2)),
          new Case("-x", (x, y) -> x.neg()),
          new Case("x == y", (x, y) -> x.eq(y)),
          new Case("x == 1", (x, y) -> x.eq(1)),
          new Case("x != y", (x, y) -> x.ne(y)),
          new Case("x != 1", (x, y) -> x.ne(1)),
          new Case("x > y", (x, y) -> x.gt(y)),
          new Case("x > 1", (x, y) -> x.gt(1)),
          new Case("x >= y", (x, y) -> x.ge(y)),
          new Case("x >= 1", (x, y) -> x.ge(1)),
          new Case("x < y", (x, y) -> x.lt(y)),
          new Case("x < 1", (x, y) -> x.lt(1)),
          new Case("x <= y", (x, y) -> x.le(y)),
          new Case("x <= 1", (x, y) -> x.le(1)),
          new Case("mx.sym.maximum(x, y)", (x, y) -> x.maximum(y)),
          new Case("mx.sym.maximum(x, 1)", (x, y) -> x.maximum(1)),
          new Case("mx.sym.minimum(x, y)", (x, y) -> x.minimum(y)),
          new Case("mx.sym.minimum(x, 1)", (x, y) -> x.minimum(1)),
          new Case("mx.sym.maximum(x, y)", (x, y) -> Ops.maximum(x, y)),
          new Case("mx.sym.maximum(x, 1)", (x, y) -> Ops.maximumScalar(x, p -> p.scalar(1))),
          new Case("mx.sym.hypot(x, 1)", (x, y) -> Ops.hypotScalar(x, p -> p.scalar(1))),
          new Case(
              "mx.sym.relu(mx.sym.relu(x) + 1) + 1", (x, y) -> Ops.relu(Ops.relu(x).add(1)).add(1)),
          new Case("mx.sym.abs(x)", (x, y) -> Ops.abs(x)),
          new Case(
              "mx.sym.FullyConnected(x, num_hidden=3)",
              (x, y) -> Ops.fullyConnected(x, p -> p.numHidden(3))),
          new Case(
              "mx.sym.Convolution(x, kernel=(3, 3), num_filter=2)",
              (x, y) -> Ops.convolution(x, p -> p.kernel(3, 3).numFilter(2))),
          new Case("mx.sym.BatchNorm(x)", (x, y) -> Ops.batchNorm(x)),
          new Case("mx.sym.Flatten(x)", (x, y) -> Ops.flatten(x)),
          new Case("mx.sym.reshape(x, shape=(1, 2))", (x, y) -> Ops.reshape(x, p -> p.shape(1, 2))),
          new Case("mx.sym.SoftmaxOutput(x)", (x, y) -> Ops.softmaxOutput(x)),
          new Case("mx.sym.softmax(x)", (x, y) -> Ops.softmax(x)),
          new Case("mx.sym.LinearRegressionOutput(x)", (x, y) -> Ops.linearRegressionOutput(x)),
          new Case("mx.sym.concat(x, y)", (x, y) -> Ops.concat(x, y)),
          new Case("mx.sym.add_n(x, y)", (x, y) -> Ops.addN(x, y)),
          new Case("mx.sym.ElementWiseSum(x, y)", (x, y) -> Ops.elementWiseSum(x, y)),
          new Case("mx.sym.elemwise_add(x, y)", (x, y) -> Ops.elemwiseAdd(x, y)),
          new Case("mx.sym.broadcast_add(x, y)", (x, y) -> Ops.broadcastAdd(x, y)),
          new Case("mx.sym.broadcast_plus(x, y)", (x, y) -> Ops.broadcastPlus(x, y)),
          new Case("mx.sym.sum(x)", (x, y) -> Ops.sum(x)),
          new Case("mx.sym.sum_axis(x)", (x, y) -> Ops.sumAxis(x)),
          new Case("mx.sym.dot(x, y)", (x, y) -> Ops.dot(x, y)),
          new Case(
              "mx.sym.SliceChannel(x, num_outputs=2)",
              (x, y) -> Ops.sliceChannel(x, p -> p.numOutputs(2))),
          new Case("mx.sym.split(x, num_outputs=2)", (x, y) -> Ops.split(x, p -> p.numOutputs(2))),
          new Case("mx.sym.BlockGrad(x)", (x, y) -> Ops.blockGrad(x)),
          new Case("mx.sym.stop_gradient(x)", (x, y) -> Ops.stopGradient(x)),
          new Case(
              "mx.sym.cast(x, dtype=\"float32\")",
              (x, y) -> Ops.cast(x, p -> p.dtype(DType.FLOAT32))),
          new Case("mx.sym.identity(x)", (x, y) -> Ops.identity(x)),
          new Case("mx.sym.sample_multinomial(x)", (x, y) -> Ops.sampleMultinomial(x)),
          new Case("mx.sym.shuffle(x)", (x, y) -> Ops.shuffle(x)),
          new Case("mx.sym.contrib.boolean_mask(x, y)", (x, y) -> Ops.contribBooleanMask(x, y)),
          new Case("mx.sym.linalg_gemm2(x, y)", (x, y) -> Ops.linalgGemm2(x, y)),
          new Case(
              "mx.sym.linalg.gemm2(x, y)",
              (x, y) -> Symbol.apply("_linalg_gemm2", "", Map.of(), x, y)),
          new Case(
              "mx.sym.Pooling(x, kernel=(2, 2))",
              (x, y) -> Symbol.apply("Pooling", "", Map.of("kernel", "(2, 2)"), x)));

  private static Map<String, String> goldens() throws IOException {
    Map<String, String> goldens = new HashMap<>();
    try (InputStream in = SymbolNamesTest.class.getResourceAsStream("symbol_name_goldens.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] parts = line.split("\t");
        goldens.put(parts[0], parts[1]);
      }
    }
    return goldens;
  }

  /** The names of all outputs; on a thread of its own, whose counters begin at 0. */
  private static String names(BinaryOperator<Symbol> expression) throws InterruptedException {
    List<String> names = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              Symbol result = expression.apply(Symbol.variable("x"), Symbol.variable("y"));
              names.addAll(result.internals().listOutputs());
            });
    thread.start();
    thread.join();
    return String.join(" ", names);
  }

  @Test
  void namesAreThoseOfPython() throws Exception {
    Map<String, String> goldens = goldens();
    List<String> expected = new ArrayList<>();
    List<String> found = new ArrayList<>();
    for (Case example : CASES) {
      expected.add(example.python() + ": " + goldens.get(example.python()));
      found.add(example.python() + ": " + names(example.java()));
    }
    assertEquals(String.join("\n", expected), String.join("\n", found));
    assertEquals(
        new TreeSet<>(goldens.keySet()), new TreeSet<>(CASES.stream().map(Case::python).toList()));
  }

  @Test
  void anEmptyNameIsMadeUpAndNullIsRefused() throws Exception {
    assertEquals("x sum0_output", names((x, y) -> Ops.sum("", x)));
    assertEquals("x broadcast_axes0_output", names((x, y) -> Ops.broadcastAxes("", x)));
    NullPointerException error =
        assertThrows(
            NullPointerException.class, () -> Ops.sum((String) null, Symbol.variable("x")));
    assertEquals("name is null", error.getMessage());
  }
}
