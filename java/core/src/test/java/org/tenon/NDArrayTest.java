package org.tenon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NDArrayTest {
  private NDScope scope;

  @BeforeEach
  void open() {
    scope = NDScope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void javaArraysOfEveryTypeGoThereAndBack() {
    assertArrayEquals(new float[] {1, -2.5f}, NDArray.of(new float[] {1, -2.5f}).toFloatArray());
    assertArrayEquals(new double[] {1, 1e300}, NDArray.of(new double[] {1, 1e300}).toDoubleArray());
    assertArrayEquals(new int[] {1, -7}, NDArray.of(new int[] {1, -7}).toIntArray());
    assertArrayEquals(
        new long[] {1, Long.MIN_VALUE}, NDArray.of(new long[] {1, Long.MIN_VALUE}).toLongArray());
    assertArrayEquals(new byte[] {1, -128}, NDArray.of(new byte[] {1, -128}).toByteArray());
    assertArrayEquals(
        new boolean[] {true, false}, NDArray.of(new boolean[] {true, false}).toBooleanArray());
    assertArrayEquals(new int[] {3, -4}, NDArray.of(new short[] {3, -4}).toIntArray());
    assertArrayEquals(new int[] {65}, NDArray.of(new char[] {'A'}).toIntArray());
    assertEquals(DType.INT32, NDArray.of(new short[1]).dtype());
    assertEquals(DType.INT8, NDArray.of(new byte[1]).dtype());
  }

  @Test
  void readingConvertsToTheTypeAskedFor() {
    NDArray floats = NDArray.of(new float[] {1.75f, -2});
    assertArrayEquals(new double[] {1.75, -2}, floats.toDoubleArray());
    assertArrayEquals(new int[] {1, -2}, floats.toIntArray());
    NDArray half = floats.asType(DType.FLOAT16);
    assertEquals(DType.FLOAT16, half.dtype());
    assertArrayEquals(new float[] {1.75f, -2}, half.toFloatArray());
    assertArrayEquals(new float[] {1.75f, -2}, floats.asType(DType.BFLOAT16).toFloatArray());
  }

  @Test
  void nestedArraysBecomeAxes() {
    NDArray array = NDArray.of(new float[][][] {{{1, 2}, {3, 4}, {5, 6}}});
    assertEquals(Shape.of(1, 3, 2), array.shape());
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, array.toFloatArray());
    float[][][] back = array.toArray(float[][][].class);
    assertArrayEquals(new float[] {5, 6}, back[0][2]);
    double[][] converted = array.reshape(2, 3).toArray(double[][].class);
    assertArrayEquals(new double[] {4, 5, 6}, converted[1]);
    assertEquals(Shape.of(0, 0), NDArray.of(new int[0][]).shape());
  }

  @Test
  void raggedAndForeignArraysAreRefused() {
    IllegalArgumentException ragged =
        assertThrows(IllegalArgumentException.class, () -> NDArray.of(new float[][] {{1, 2}, {3}}));
    assertEquals(
        "the nested array is ragged: on axis 1 one part has length 1, the first has 2",
        ragged.getMessage());
    IllegalArgumentException text =
        assertThrows(IllegalArgumentException.class, () -> NDArray.of("text"));
    assertEquals(
        "expected a Java array of primitive numbers, got java.lang.String", text.getMessage());
    assertThrows(IllegalArgumentException.class, () -> NDArray.of(new Integer[] {1}));
    NullPointerException none =
        assertThrows(NullPointerException.class, () -> NDArray.of((Object) null));
    assertEquals("values is null", none.getMessage());
    IllegalArgumentException count =
        assertThrows(
            IllegalArgumentException.class, () -> NDArray.of(new float[3], Shape.of(2, 2)));
    assertEquals("3 elements do not fill the shape (2,2), which has 4", count.getMessage());
    IllegalArgumentException depth =
        assertThrows(
            IllegalArgumentException.class, () -> NDArray.zeros(2).toArray(float[][].class));
    assertEquals("an array of shape (2,) does not fit float[][]", depth.getMessage());
  }

  @Test
  void makersFill() {
    assertArrayEquals(new float[6], NDArray.zeros(2, 3).toFloatArray());
    assertArrayEquals(new float[] {1, 1}, NDArray.ones(2).toFloatArray());
    assertArrayEquals(new float[] {2.5f, 2.5f}, NDArray.full(2.5, 2).toFloatArray());
    assertArrayEquals(new float[] {0, 1, 2}, NDArray.arange(3).toFloatArray());
    NDArray range = NDArray.arange(1, 2, 0.25, DType.FLOAT64, Device.cpu());
    assertArrayEquals(new double[] {1, 1.25, 1.5, 1.75}, range.toDoubleArray());
    NDArray ints = NDArray.ones(Shape.of(2), DType.INT64, Device.cpu(1));
    assertEquals(DType.INT64, ints.dtype());
    assertEquals(Device.cpu(1), ints.device());
    assertEquals(Shape.of(), NDArray.zeros().shape());
    assertEquals(0.0, NDArray.zeros().toScalar());
  }

  @Test
  void arraysOfEveryTypeAreFilled() {
    for (DType dtype : DType.values()) {
      NDArray full = NDArray.full(3, Shape.of(2), dtype, Device.cpu());
      double expected = dtype == DType.BOOL ? 1 : 3;
      assertArrayEquals(new double[] {expected, expected}, full.toDoubleArray(), dtype.toString());
      assertArrayEquals(new double[2], full.fill(0).toDoubleArray(), dtype.toString());
    }
    NDArray noise = NDArray.zeros(Shape.of(100), DType.FLOAT64, Device.cpu());
    Ops.normal(Device.cpu(), p -> p.out(noise));
    assertTrue(noise.abs().max().toScalar() > 0);
  }

  @Test
  void viewsShareMemory() {
    NDArray array = NDArray.arange(12).reshape(3, 4);
    NDArray rows = array.slice(1, 3);
    assertEquals(Shape.of(2, 4), rows.shape());
    rows.fill(0);
    assertArrayEquals(new float[] {0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}, array.toFloatArray());
    array.at(-1).set(new float[] {9, 8, 7, 6});
    assertArrayEquals(new float[] {0, 0, 0, 0, 9, 8, 7, 6}, rows.toFloatArray());
    assertEquals(7, array.get(2, 2).toScalar());
    assertEquals(Shape.of(1), array.get(2, 2).shape());
    assertEquals(Shape.of(2, 6), array.reshape(-1, 6).shape());
  }

  @Test
  void viewsOutliveWhatTheyWereMadeOf() {
    NDArray array = NDArray.of(new float[] {1, 2, 3, 4});
    NDArray view = array.slice(2, 4);
    array.close();
    assertArrayEquals(new float[] {3, 4}, view.toFloatArray());
  }

  @Test
  void indicesOutOfRangeAreNamed() {
    NDArray array = NDArray.zeros(3, 4);
    IndexOutOfBoundsException row =
        assertThrows(IndexOutOfBoundsException.class, () -> array.at(3));
    assertEquals("row 3 of an array of shape (3,4): rows are 0 to 2", row.getMessage());
    assertThrows(IndexOutOfBoundsException.class, () -> array.at(-4));
    assertThrows(IndexOutOfBoundsException.class, () -> array.slice(2, 5));
    assertThrows(IndexOutOfBoundsException.class, () -> array.slice(2, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> array.get(0, 0, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> NDArray.zeros().at(0));
    assertThrows(IllegalArgumentException.class, () -> array.reshape(5, 2));
    assertThrows(IllegalArgumentException.class, () -> array.reshape(-1, 5));
    assertThrows(IllegalArgumentException.class, () -> array.reshape(-1, -1));
  }

  @Test
  void settingConvertsAndChecks() {
    NDArray array = NDArray.zeros(2, 2);
    array.set(new int[][] {{1, 2}, {3, 4}});
    assertArrayEquals(new float[] {1, 2, 3, 4}, array.toFloatArray());
    assertThrows(IllegalArgumentException.class, () -> array.set(new float[3]));
    NDArray other = NDArray.ones(2, 2);
    array.set(other);
    assertArrayEquals(new float[] {1, 1, 1, 1}, array.toFloatArray());
    assertThrows(IllegalArgumentException.class, () -> array.set(NDArray.ones(3)));
  }

  @Test
  void directBuffersGoThereAndBack() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(20).order(ByteOrder.nativeOrder());
    bytes.putFloat(-1).putFloat(1).putFloat(2).putFloat(3).putFloat(4);
    bytes.position(4);
    NDArray array = NDArray.of(bytes, Shape.of(2, 2), DType.FLOAT32);
    assertArrayEquals(new float[] {1, 2, 3, 4}, array.toFloatArray());
    FloatBuffer floats =
        ByteBuffer.allocateDirect(24).order(ByteOrder.nativeOrder()).asFloatBuffer();
    floats.position(1);
    array.copyTo(floats);
    assertEquals(5, floats.position());
    assertEquals(4, floats.get(4));
    ByteBuffer heap = ByteBuffer.allocate(16);
    assertThrows(IllegalArgumentException.class, () -> array.copyTo(heap));
    ByteBuffer small = ByteBuffer.allocateDirect(8);
    IllegalArgumentException tooSmall =
        assertThrows(IllegalArgumentException.class, () -> array.copyTo(small));
    assertEquals("the array has 16 bytes, the buffer room for 8", tooSmall.getMessage());
    assertThrows(IllegalArgumentException.class, () -> array.set(small));
  }

  @Test
  void copiesAreTheirOwn() {
    NDArray array = NDArray.of(new float[] {1, 2});
    NDArray copy = array.copy();
    NDArray there = array.to(Device.cpu(1));
    array.fill(0);
    assertArrayEquals(new float[] {1, 2}, copy.toFloatArray());
    assertArrayEquals(new float[] {1, 2}, there.toFloatArray());
    assertEquals(Device.cpu(1), there.device());
  }

  @Test
  void filesGoThereAndBack(@TempDir Path folder) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put("arg:weight", NDArray.arange(6).reshape(2, 3));
    arrays.put("aux:größe", NDArray.of(new long[] {5}));
    Path file = folder.resolve("some.params");
    NDArray.save(file, arrays);
    Map<String, NDArray> loaded = NDArray.load(file);
    assertEquals(List.of("arg:weight", "aux:größe"), List.copyOf(loaded.keySet()));
    assertEquals(Shape.of(2, 3), loaded.get("arg:weight").shape());
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, loaded.get("arg:weight").toFloatArray());
    assertArrayEquals(new long[] {5}, loaded.get("aux:größe").toLongArray());
    NDArray.save(file, List.of(NDArray.ones(1)));
    assertEquals(List.of("0"), List.copyOf(NDArray.load(file).keySet()));
  }

  @Test
  void closingIsIdempotentAndUseAfterItAnError() {
    NDArray array = NDArray.zeros(2);
    assertFalse(array.isClosed());
    array.close();
    array.close();
    assertTrue(array.isClosed());
    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> array.toFloatArray());
    assertEquals(
        "this NDArray is closed: by close(), or with the NDScope or the object that it belonged to",
        error.getMessage());
    assertThrows(IllegalStateException.class, () -> array.dot(NDArray.zeros(2)));
    assertThrows(IllegalStateException.class, () -> NDArray.zeros(2).dot(array));
    assertThrows(IllegalStateException.class, array::waitToRead);
  }

  @Test
  void filesThatAreMissingCutOrForeignAreRefused(@TempDir Path folder) throws Exception {
    Path missing = folder.resolve("missing.params");
    UncheckedIOException error =
        assertThrows(UncheckedIOException.class, () -> NDArray.load(missing));
    assertTrue(error.getMessage().contains("missing.params"), error.getMessage());
    Path file = folder.resolve("some.params");
    NDArray.save(file, Map.of("w", NDArray.arange(100)));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThrows(UncheckedIOException.class, () -> NDArray.load(file));
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) 0xff;
      Files.write(file, damaged);
      try {
        NDArray.load(file).values().forEach(NDArray::close);
      } catch (UncheckedIOException e) {
        assertTrue(e.getMessage().contains("some.params"), e.getMessage());
      }
    }
  }
}
