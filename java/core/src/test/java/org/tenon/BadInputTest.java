package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What no caller should do: an exception with a message, or a defined value, and the JVM lives. */
class BadInputTest {
  private NDScope scope;

  @BeforeEach
  void open() {
    scope = NDScope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static void assertMentions(Throwable error, String... parts) {
    for (String part : parts) {
      assertTrue(error.getMessage().contains(part), error.getMessage());
    }
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    NDArray a = NDArray.zeros(2, 3);
    IllegalArgumentException add =
        assertThrows(IllegalArgumentException.class, () -> a.add(NDArray.zeros(4, 3)));
    assertMentions(add, "broadcast_add", "(2,3)", "(4,3)");
    IllegalArgumentException dot =
        assertThrows(IllegalArgumentException.class, () -> a.dot(NDArray.zeros(2, 3)));
    assertMentions(dot, "dot", "(2,3)");
    assertThrows(IllegalArgumentException.class, () -> a.addi(NDArray.zeros(5, 2, 3)));
    assertThrows(IllegalArgumentException.class, () -> a.transpose(0, 0));
    assertThrows(RuntimeException.class, () -> a.sum(5));
  }

  @Test
  void typesThatDoNotFitAreNamed() {
    NDArray floats = NDArray.zeros(2);
    NDArray ints = NDArray.of(new int[2]);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> floats.add(ints));
    assertMentions(error, "float32", "int32");
  }

  @Test
  void extentsWhoseProductOverflowsAreRefused() {
    NDArray a = NDArray.ones(4);
    List<Executable> calls =
        List.of(
            () -> NDArray.empty(Shape.of(0, 1L << 40, 1L << 40), DType.FLOAT32, Device.cpu()),
            () -> Ops.tile(a, p -> p.reps(1L << 62)),
            () -> Ops.reshape(a, p -> p.shape(1L << 33, 1L << 31, -1)),
            () -> Ops.reshape(a, p -> p.shape(-4, 1L << 33, 1L << 31)));
    for (Executable call : calls) {
      assertMentions(assertThrows(IllegalArgumentException.class, call), "memory can address");
    }
  }

  @Test
  void operatorsOfAnyNumberOfInputsNeedOne() {
    NDArray a = NDArray.ones(4);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> Ops.addN(p -> p.out(a), new NDArray[0]));
    assertMentions(error, "add_n: no inputs are given, expected at least one");
    NullPointerException missing =
        assertThrows(NullPointerException.class, () -> Ops.concat(a, null));
    assertMentions(missing, "data[1] is null");
  }

  @Test
  void unknownOperatorsAndAttributesAreNamed() {
    NDArray a = NDArray.zeros(2);
    IllegalArgumentException unknown =
        assertThrows(
            IllegalArgumentException.class, () -> NDArray.invoke("no_such_op", Map.of(), a));
    assertMentions(unknown, "no_such_op");
    IllegalArgumentException attribute =
        assertThrows(
            IllegalArgumentException.class, () -> NDArray.invoke("sum", Map.of("axes", "0"), a));
    assertMentions(attribute, "sum", "axes");
    IllegalArgumentException inputs =
        assertThrows(IllegalArgumentException.class, () -> NDArray.invoke("dot", Map.of(), a));
    assertMentions(inputs, "dot");
    assertEquals(
        List.of(Shape.of(1)),
        NDArray.invoke("sum", Map.of(), a).stream().map(NDArray::shape).toList());
  }

  @Test
  void nullsAreNullPointers() {
    NDArray a = NDArray.zeros(2);
    assertThrows(NullPointerException.class, () -> a.add((NDArray) null));
    assertThrows(NullPointerException.class, () -> NDArray.zeros((long[]) null));
    assertThrows(NullPointerException.class, () -> NDArray.zeros(Shape.of(1), null, Device.cpu()));
    assertThrows(NullPointerException.class, () -> NDArray.load((java.nio.file.Path) null));
    assertThrows(NullPointerException.class, () -> a.asType(null));
    assertThrows(
        NullPointerException.class, () -> Ops.fullyConnected(a, p -> p.numHidden(2).weight(null)));
  }

  @Test
  void integersDivideByZeroWithoutHarm() {
    NDArray numerators = NDArray.of(new int[] {1, Integer.MIN_VALUE, 7});
    NDArray zeros = NDArray.of(new int[] {0, -1, 0});
    assertEquals(3, numerators.div(zeros).toIntArray().length);
    assertEquals(3, numerators.mod(zeros).toIntArray().length);
    NDArray longs = NDArray.of(new long[] {Long.MIN_VALUE, 5});
    assertEquals(2, longs.div(NDArray.of(new long[] {-1, 0})).toLongArray().length);
    assertEquals(2, longs.mod(NDArray.of(new long[] {-1, 0})).toLongArray().length);
    assertEquals(3, numerators.div(0).toIntArray().length);
    assertEquals(3, NDArray.of(new byte[] {-128, 1, 2}).div(-1).toByteArray().length);
  }

  @Test
  void castsOutOfRangeGiveSomeNumber() {
    NDArray wild =
        NDArray.of(
            new double[] {
              1e300, -1e300, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
            });
    for (DType dtype : DType.values()) {
      assertEquals(5, wild.asType(dtype).toDoubleArray().length);
    }
  }

  @Test
  void indicesFromDataStayInside() {
    NDArray table = NDArray.arange(6).reshape(3, 2);
    NDArray wild =
        NDArray.of(new float[] {-1, 3, 1e30f, -1e30f, Float.NaN, Float.POSITIVE_INFINITY});
    assertEquals(Shape.of(6, 2), Ops.take(table, wild).shape());
    assertEquals(12, Ops.take(table, wild).toFloatArray().length);
    float[] oneHot = Ops.oneHot(wild, p -> p.depth(3)).toFloatArray();
    assertEquals(18, oneHot.length);
    assertArrayEquals(new float[12], Arrays.copyOf(oneHot, 12));
    NDArray embedded = Ops.embedding(wild, p -> p.weight(table).inputDim(3).outputDim(2));
    assertEquals(12, embedded.toFloatArray().length);
    NDArray rows = NDArray.arange(18).reshape(6, 3);
    assertEquals(6, Ops.pick(rows, wild).toFloatArray().length);
  }

  @Test
  void labelsOutOfRangeDoNotHarm() {
    Symbol net = Ops.softmaxOutput("softmax", Symbol.variable("data"));
    Map<String, Shape> shapes = Map.of("data", Shape.of(5, 3), "softmax_label", Shape.of(5));
    Symbol.Shapes inferred = net.inferShapes(shapes);
    assertTrue(inferred.complete());
    NDArray data = NDArray.zeros(5, 3);
    NDArray gradient = NDArray.zeros(5, 3);
    NDArray labels = NDArray.of(new float[] {-1, 3, Float.NaN, 1e30f, 2});
    Map<String, NDArray> arguments = Map.of("data", data, "softmax_label", labels);
    try (Executor executor =
        net.bind(Device.cpu(), arguments, Map.of("data", gradient), Map.of(), Map.of())) {
      executor.forward(true);
      executor.backward();
      float[] values = gradient.toFloatArray();
      assertEquals(1f / 3, values[12], 1e-6f);
      assertEquals(1f / 3 - 1, values[14], 1e-6f);
    }
  }

  @Test
  void shapesThatNoMachineHoldsAreRefused() {
    assertThrows(
        OutOfDeviceMemoryError.class,
        () -> NDArray.empty(Shape.of(1L << 45), DType.FLOAT32, Device.cpu()));
    assertThrows(
        IllegalArgumentException.class,
        () -> NDArray.empty(Shape.of(1L << 40, 1L << 40), DType.FLOAT32, Device.cpu()));
    assertThrows(
        IllegalArgumentException.class,
        () -> NDArray.empty(Shape.of(-1), DType.FLOAT32, Device.cpu()));
    assertArrayEquals(new float[] {0}, NDArray.zeros(1).toFloatArray());
  }

  @Test
  void resultsWhoseShapeNobodyGaveAreRefused() {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> Ops.normal(Device.cpu()));
    assertMentions(error, "_random_normal", "the shape of the result does not follow");
    Symbol mask = Ops.contribBooleanMask("mask", Symbol.variable("x"), Symbol.variable("y"));
    Symbol graph = mask.add(Symbol.variable("z"));
    Map<String, NDArray> arguments = new HashMap<>();
    graph.listArguments().forEach(name -> arguments.put(name, NDArray.ones(2)));
    Executor executor = graph.bind(Device.cpu(), arguments, Map.of(), Map.of(), Map.of());
    IllegalArgumentException bound =
        assertThrows(IllegalArgumentException.class, () -> executor.forward(false));
    assertMentions(bound, "mask", "depend on data");
  }

  @Test
  void devicesThatAreNotThereAreNamed() {
    int gpus = Device.gpuCount();
    Device missing = Device.gpu(gpus);
    for (Executable use :
        List.<Executable>of(
            () -> NDArray.zeros(Shape.of(1), DType.FLOAT32, missing),
            () -> NDArray.empty(Shape.of(1), DType.FLOAT32, missing),
            () -> NDArray.ones(1).to(missing),
            () -> Tenon.memory(missing),
            () -> Tenon.seed(1, missing))) {
      IllegalArgumentException error = assertThrows(IllegalArgumentException.class, use);
      assertMentions(error, "gpu(" + gpus + ") does not exist");
    }
    assertThrows(IllegalArgumentException.class, () -> Device.cpu(-1));
  }

  @Test
  void buffersThatCannotTakeNumbersAreRefused() {
    NDArray one = NDArray.ones(1);
    ByteBuffer bytes = ByteBuffer.allocateDirect(4);
    assertMentions(
        assertThrows(IllegalArgumentException.class, () -> one.copyTo(bytes.asReadOnlyBuffer())),
        "read-only");
    ByteOrder foreign =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? ByteOrder.LITTLE_ENDIAN
            : ByteOrder.BIG_ENDIAN;
    assertMentions(
        assertThrows(
            IllegalArgumentException.class, () -> one.copyTo(bytes.order(foreign).asFloatBuffer())),
        foreign.toString(),
        "nativeOrder");
    bytes.order(ByteOrder.nativeOrder());
    one.copyTo(bytes.asFloatBuffer());
    assertEquals(1, bytes.getFloat(0));
  }

  @Test
  void operatorsWithoutOutputsAreRefused() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> Ops.splitV2(NDArray.ones(2), p -> p.indices().sections(0)));
    assertMentions(error, "_split_v2", "there would be 0 outputs");
    assertMentions(
        assertThrows(IllegalArgumentException.class, Symbol::group), "at least one symbol");
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    Shape wide = Shape.of(1L << 40, 1L << 40);
    IllegalArgumentException error = assertThrows(IllegalArgumentException.class, wide::size);
    assertEquals(
        "the shape (1099511627776,1099511627776) has too many elements", error.getMessage());
    assertEquals(0, Shape.of(1L << 40, 1L << 40, 0).size());
    assertThrows(IllegalStateException.class, () -> Shape.of(-1, 0).size());
  }

  @Test
  void distributionsWithoutEndAreRefused() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> Ops.randomGamma(Device.cpu(), p -> p.alpha(1 / 0.0).shape(2)).waitToRead());
    assertMentions(error, "gamma", "alpha is inf");
  }

  /** Fills its memory limit with arrays that it loses, then with arrays that it holds. */
  static final class FillLimit {
    private FillLimit() {}

    public static void main(String[] args) {
      Tenon.setMemoryLimit(Device.cpu(), 64 << 20);
      Shape shape = Shape.of(2 << 20);
      for (int i = 0; i < 100; i++) {
        NDArray.ones(shape, DType.FLOAT32, Device.cpu());
      }
      System.out.println("lost 100 arrays");
      NDArray[] held = new NDArray[100];
      int made = 0;
      try {
        while (made < held.length) {
          held[made] = NDArray.ones(shape, DType.FLOAT32, Device.cpu());
          made++;
        }
      } catch (OutOfDeviceMemoryError e) {
        System.out.println("failed after " + made + ": " + e.getMessage());
      }
      held[0].close();
      System.out.println("went on: " + NDArray.ones(shape, DType.FLOAT32, Device.cpu()).shape());
    }
  }

  @Test
  void atItsLimitMemoryIsReclaimedOrAnErrorListsWhatHoldsIt() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of("-Xmx256m", ChildJvm.libraryOption()), FillLimit.class);
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().contains("lost 100 arrays"), result.output());
    assertTrue(result.output().contains("failed after "), result.output());
    assertTrue(result.output().contains("_ones"), result.output());
    assertTrue(result.output().contains("went on: (2097152,)"), result.output());
  }
}
