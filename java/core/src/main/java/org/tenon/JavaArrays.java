package org.tenon;

import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteOrder;
import java.util.function.Function;

/** Java's arrays, plain and nested, on their way to and from native memory. */
final class JavaArrays {
  private JavaArrays() {}

  /** The shape of a nested array. */
  static Shape shapeOf(Object values) {
    long[] dims = new long[depth(values)];
    Object level = values;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = level == null ? 0 : Array.getLength(level);
      level = i + 1 < dims.length && dims[i] > 0 ? Array.get(level, 0) : null;
    }
    return Shape.of(dims);
  }

  private static int depth(Object values) {
    int depth = 0;
    for (Class<?> type = checkedClass(values); type.isArray(); type = type.getComponentType()) {
      depth++;
    }
    return depth;
  }

  private static Class<?> checkedClass(Object values) {
    if (values == null) {
      throw new NullPointerException("values is null");
    }
    Class<?> element = values.getClass();
    while (element.isArray()) {
      element = element.getComponentType();
    }
    if (!values.getClass().isArray() || !element.isPrimitive()) {
      throw new IllegalArgumentException(
          "expected a Java array of primitive numbers, got " + values.getClass().getTypeName());
    }
    return values.getClass();
  }

  /** All elements of a nested array in row-major order; the array itself if it is not nested. */
  static Object flatten(Object values) {
    int depth = depth(values);
    if (depth == 1) {
      return widened(values);
    }
    Shape shape = shapeOf(values);
    Class<?> element = values.getClass();
    while (element.isArray()) {
      element = element.getComponentType();
    }
    Object flat = Array.newInstance(element, Math.toIntExact(shape.size()));
    int filled = fill(values, shape, 0, flat, 0);
    if (filled != Array.getLength(flat)) {
      throw new IllegalStateException("filled " + filled + " of " + Array.getLength(flat));
    }
    return widened(flat);
  }

  private static int fill(Object from, Shape shape, int axis, Object to, int at) {
    if (from == null || Array.getLength(from) != shape.dim(axis)) {
      throw new IllegalArgumentException(
          "the nested array is ragged: on axis "
              + axis
              + " one part has length "
              + (from == null ? "null" : Integer.toString(Array.getLength(from)))
              + ", the first has "
              + shape.dim(axis));
    }
    int length = Array.getLength(from);
    if (axis == shape.rank() - 1) {
      System.arraycopy(from, 0, to, at, length);
      return at + length;
    }
    int next = at;
    for (int i = 0; i < length; i++) {
      next = fill(Array.get(from, i), shape, axis + 1, to, next);
    }
    return next;
  }

  /** The array itself, or as int[] if there is no dtype of its element type. */
  static Object widened(Object values) {
    checkedClass(values);
    if (values instanceof short[] shorts) {
      int[] ints = new int[shorts.length];
      for (int i = 0; i < ints.length; i++) {
        ints[i] = shorts[i];
      }
      return ints;
    }
    if (values instanceof char[] chars) {
      int[] ints = new int[chars.length];
      for (int i = 0; i < ints.length; i++) {
        ints[i] = chars[i];
      }
      return ints;
    }
    return values;
  }

  static DType dtypeOf(Object plain) {
    if (plain instanceof float[]) {
      return DType.FLOAT32;
    }
    if (plain instanceof double[]) {
      return DType.FLOAT64;
    }
    if (plain instanceof int[]) {
      return DType.INT32;
    }
    if (plain instanceof long[]) {
      return DType.INT64;
    }
    if (plain instanceof byte[]) {
      return DType.INT8;
    }
    if (plain instanceof boolean[]) {
      return DType.BOOL;
    }
    throw new IllegalArgumentException(
        "expected a Java array of primitive numbers that is not nested, got "
            + plain.getClass().getTypeName());
  }

  static void checkCount(long count, Shape shape) {
    if (count != shape.size()) {
      throw new IllegalArgumentException(
          count + " elements do not fill the shape " + shape + ", which has " + shape.size());
    }
  }

  static void checkDirect(Buffer buffer) {
    if (!buffer.isDirect()) {
      throw new IllegalArgumentException("expected a direct buffer, got one on the Java heap");
    }
  }

  /** Checks that numbers in native order can be written to a buffer. */
  static void checkWritable(Buffer buffer, ByteOrder order) {
    checkDirect(buffer);
    if (buffer.isReadOnly()) {
      throw new IllegalArgumentException("the buffer is read-only");
    }
    if (order != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          "the buffer's numbers are "
              + order
              + ": call order(ByteOrder.nativeOrder()) on the bytes first");
    }
  }

  /** A Java array for elements of a dtype. */
  static Object allocate(DType dtype, long size) {
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(size + " elements do not fit a Java array: copy slices");
    }
    int length = (int) size;
    switch (dtype) {
      case FLOAT32:
        return new float[length];
      case FLOAT64:
        return new double[length];
      case INT32:
        return new int[length];
      case INT64:
        return new long[length];
      case BOOL:
        return new boolean[length];
      case INT8:
      case UINT8:
        return new byte[length];
      default:
        throw new IllegalArgumentException("Java has no arrays of " + dtype);
    }
  }

  /** Elements as a nested array of a type; {@code read} gives them plain. */
  static Object nested(Class<?> type, Shape shape, Function<DType, Object> read) {
    int depth = 0;
    Class<?> element = type;
    while (element.isArray()) {
      element = element.getComponentType();
      depth++;
    }
    if (depth == 0 || depth != shape.rank()) {
      throw new IllegalArgumentException(
          "an array of shape " + shape + " does not fit " + type.getTypeName());
    }
    Object flat = read.apply(dtypeOf(Array.newInstance(element, 0)));
    if (depth == 1) {
      return flat;
    }
    int[] position = {0};
    return nest(type, shape, 0, flat, position);
  }

  private static Object nest(Class<?> type, Shape shape, int axis, Object flat, int[] position) {
    Class<?> part = type.getComponentType();
    int length = Math.toIntExact(shape.dim(axis));
    Object result = Array.newInstance(part, length);
    if (!part.isArray()) {
      System.arraycopy(flat, position[0], result, 0, length);
      position[0] += length;
      return result;
    }
    for (int i = 0; i < length; i++) {
      Array.set(result, i, nest(part, shape, axis + 1, flat, position));
    }
    return result;
  }
}
