package org.tenon;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tenon.internal.ArrayNatives;
import org.tenon.internal.Attrs;
import org.tenon.internal.Bridge;
import org.tenon.internal.Collector;
import org.tenon.internal.Given;
import org.tenon.internal.Loader;
import org.tenon.internal.OpSpec;

/**
 * An array of numbers on one device: dense, row-major, of one {@link DType}.
 *
 * <p>Operators return at once and are computed in the background; methods that copy elements to
 * Java, such as {@link #toFloatArray()}, wait for them and throw what went wrong. Any thread may
 * use any array; the effects are ordered as the calls were.
 *
 * <p>An array owns one reference to native memory, freed by {@link #close()}, by the {@link
 * NDScope} in which the array was made, or, failing both, by the garbage collector. Views ({@link
 * #slice}, {@link #at}, {@link #reshape}) share their memory with the array that they were made of,
 * and may outlive it.
 */
public final class NDArray extends ArrayGradients {
  static {
    Loader.load();
    Bridge.setArrays(NDArray::wrap);
  }

  private static final OpSpec ZEROS = new OpSpec("_zeros", "", "shape,dtype");
  private static final OpSpec ONES = new OpSpec("_ones", "", "shape,dtype");
  private static final OpSpec ARANGE = new OpSpec("_arange", "", "start,stop,step,dtype");
  private static final OpSpec CAST = new OpSpec("Cast", "data", "dtype");
  private static final OpSpec COPY = new OpSpec("_copy", "data", "");
  private static final OpSpec SET_VALUE = new OpSpec("_set_value", "", "src");

  private Shape shape;

  private NDArray(long handle) {
    super(handle);
    NDScope scope = NDScope.innermost();
    if (scope == null) {
      watch();
    } else {
      place = scope.add(handle);
      owner = scope;
    }
  }

  /** An array for a new handle as it came from the native side. */
  static NDArray wrap(long handle) {
    return new NDArray(Collector.checked(handle));
  }

  long handle() {
    return handle;
  }

  /** Moves from one scope to the next; null is outside all scopes. */
  void leave(NDScope from, NDScope to) {
    if (owner != from) {
      return;
    }
    from.remove(place);
    if (to == null) {
      watch();
    } else {
      place = to.add(handle);
      owner = to;
    }
  }

  // Making arrays.

  /**
   * An array with undefined elements.
   *
   * @param shape its extents
   * @param dtype its element type
   * @param device where it lives
   * @return a new array
   */
  public static NDArray empty(Shape shape, DType dtype, Device device) {
    return wrap(ArrayNatives.empty(shape.dims(), dtype.code(), device.packed()));
  }

  /**
   * A float32 array on the processor with undefined elements.
   *
   * @param shape its extents
   * @return a new array
   */
  public static NDArray empty(long... shape) {
    return empty(Shape.of(shape), DType.FLOAT32, Device.cpu());
  }

  /**
   * A float32 array of zeros on the processor.
   *
   * @param shape its extents
   * @return a new array
   */
  public static NDArray zeros(long... shape) {
    return zeros(Shape.of(shape), DType.FLOAT32, Device.cpu());
  }

  /**
   * A float32 array of zeros on the processor.
   *
   * @param shape its extents
   * @return a new array
   */
  public static NDArray zeros(Shape shape) {
    return zeros(shape, DType.FLOAT32, Device.cpu());
  }

  /**
   * An array of zeros.
   *
   * @param shape its extents
   * @param dtype its element type
   * @param device where it lives
   * @return a new array
   */
  public static NDArray zeros(Shape shape, DType dtype, Device device) {
    return OpCalls.make(
        ZEROS, new OpCalls.Params<NDArray>(ZEROS).with(0, shape).with(1, dtype), device);
  }

  /**
   * A float32 array of ones on the processor.
   *
   * @param shape its extents
   * @return a new array
   */
  public static NDArray ones(long... shape) {
    return ones(Shape.of(shape), DType.FLOAT32, Device.cpu());
  }

  /**
   * A float32 array of ones on the processor.
   *
   * @param shape its extents
   * @return a new array
   */
  public static NDArray ones(Shape shape) {
    return ones(shape, DType.FLOAT32, Device.cpu());
  }

  /**
   * An array of ones.
   *
   * @param shape its extents
   * @param dtype its element type
   * @param device where it lives
   * @return a new array
   */
  public static NDArray ones(Shape shape, DType dtype, Device device) {
    return OpCalls.make(
        ONES, new OpCalls.Params<NDArray>(ONES).with(0, shape).with(1, dtype), device);
  }

  /**
   * A float32 array on the processor in which all elements are the same.
   *
   * @param value every element
   * @param shape its extents
   * @return a new array
   */
  public static NDArray full(double value, long... shape) {
    return full(value, Shape.of(shape), DType.FLOAT32, Device.cpu());
  }

  /**
   * An array in which all elements are the same.
   *
   * @param value every element
   * @param shape its extents
   * @param dtype its element type
   * @param device where it lives
   * @return a new array
   */
  public static NDArray full(double value, Shape shape, DType dtype, Device device) {
    return empty(shape, dtype, device).fill(value);
  }

  /**
   * The float32 numbers 0, 1, … on the processor.
   *
   * @param stop behind the last number
   * @return a new array of shape (stop,)
   */
  public static NDArray arange(double stop) {
    return arange(0, stop, 1, DType.FLOAT32, Device.cpu());
  }

  /**
   * Evenly spaced numbers.
   *
   * @param start the first number
   * @param stop behind the last number
   * @param step from one number to the next
   * @param dtype the element type
   * @param device where the array lives
   * @return a new array with one axis
   */
  public static NDArray arange(double start, double stop, double step, DType dtype, Device device) {
    OpCalls.Params<NDArray> params = new OpCalls.Params<>(ARANGE);
    params.with(0, start).with(1, stop).with(2, step).with(3, dtype);
    return OpCalls.make(ARANGE, params, device);
  }

  /**
   * Float32 random numbers on the processor, of the same chance between two limits. For another
   * dtype or device there is {@link Ops#uniform}.
   *
   * @param low the lower limit, included
   * @param high the upper limit, excluded
   * @param shape the array's extents
   * @return a new array
   */
  public static NDArray uniform(double low, double high, long... shape) {
    return Ops.uniform(Device.cpu(), p -> p.low(low).high(high).shape(shape));
  }

  /**
   * Float32 random numbers on the processor, normally distributed. For another dtype or device
   * there is {@link Ops#normal}.
   *
   * @param mean of the distribution
   * @param deviation the standard deviation
   * @param shape the array's extents
   * @return a new array
   */
  public static NDArray normal(double mean, double deviation, long... shape) {
    return Ops.normal(Device.cpu(), p -> p.loc(mean).scale(deviation).shape(shape));
  }

  /**
   * A float32 array on the processor with one axis of these numbers: {@code NDArray.of(1, 2.5f)}.
   *
   * @param values the elements
   * @return a new array
   */
  public static NDArray of(float... values) {
    return of((Object) values);
  }

  /**
   * An array on the processor with the elements of a Java array: {@code float[]} gives float32,
   * {@code double[]} float64, {@code long[]} int64, {@code int[]}, {@code short[]} and {@code
   * char[]} int32, {@code byte[]} int8, {@code boolean[]} bool, and nested arrays as many axes as
   * they are deep. A single number gives float32 of shape (1,).
   *
   * @param values a Java array, possibly of arrays of one length, or a number
   * @return a new array
   * @throws IllegalArgumentException if it is no such array, or ragged
   */
  public static NDArray of(Object values) {
    if (values instanceof Number number) {
      return of(new float[] {number.floatValue()});
    }
    return of(JavaArrays.flatten(values), JavaArrays.shapeOf(values));
  }

  /**
   * An array on the processor with the elements of a Java array, converted.
   *
   * @param values as for {@link #of(Object)}
   * @param dtype the element type
   * @return a new array
   * @throws IllegalArgumentException if it is no such array, or ragged
   */
  public static NDArray of(Object values, DType dtype) {
    NDArray array = of(values);
    if (array.dtype() == dtype) {
      return array;
    }
    try (array) {
      return array.asType(dtype);
    }
  }

  /**
   * An array on the processor with the elements of a Java array in another shape.
   *
   * @param values elements in row-major order, as for {@link #of(Object)} but not nested
   * @param shape extents whose product is the number of elements
   * @return a new array
   * @throws IllegalArgumentException if the numbers of elements differ
   */
  public static NDArray of(Object values, Shape shape) {
    Object plain = JavaArrays.widened(values);
    DType dtype = JavaArrays.dtypeOf(plain);
    JavaArrays.checkCount(Array.getLength(plain), shape);
    return wrap(ArrayNatives.of(plain, shape.dims(), dtype.code(), Device.cpu().packed()));
  }

  /**
   * An array on the processor with the elements between a direct buffer's position and limit.
   *
   * @param values elements in row-major order, in native byte order
   * @param shape extents of as many bytes as the buffer has left
   * @param dtype what the bytes are
   * @return a new array
   * @throws IllegalArgumentException if the buffer is not direct or has another size
   */
  public static NDArray of(ByteBuffer values, Shape shape, DType dtype) {
    NDArray array = empty(shape, dtype, Device.cpu());
    array.set(values);
    return array;
  }

  /**
   * Applies an operator by its registered name, with attributes in MXNet's spelling.
   *
   * @param op the name
   * @param attributes by name
   * @param inputs in the operator's order
   * @return the outputs
   * @throws IllegalArgumentException if there is no such operator, or an attribute or input does
   *     not fit
   */
  public static List<NDArray> invoke(String op, Map<String, String> attributes, NDArray... inputs) {
    Attrs attrs = Attrs.parse(op, attributes, inputs.length);
    return OpCalls.invoke(attrs, Given.list("inputs", inputs), null, null, Device.cpu());
  }

  // What an array is.

  /**
   * The extents.
   *
   * @return outermost first
   */
  public Shape shape() {
    Shape known = shape;
    if (known == null) {
      known = Shape.of(ArrayNatives.shape(handle));
      Reference.reachabilityFence(this);
      shape = known;
    }
    return known;
  }

  /**
   * The number of elements.
   *
   * @return the product of the extents
   */
  public long size() {
    return shape().size();
  }

  /**
   * The element type.
   *
   * @return the dtype
   */
  public DType dtype() {
    DType dtype = DType.ofCode(ArrayNatives.dtype(handle));
    Reference.reachabilityFence(this);
    return dtype;
  }

  /**
   * Where the array lives.
   *
   * @return the device
   */
  public Device device() {
    Device device = Device.ofPacked(ArrayNatives.device(handle));
    Reference.reachabilityFence(this);
    return device;
  }

  // Overwriting.

  /**
   * Sets every element.
   *
   * @param value the number
   * @return this array
   */
  public NDArray fill(double value) {
    OpCalls.Params<NDArray> params = new OpCalls.Params<NDArray>(SET_VALUE).with(0, value);
    params.to(this);
    OpCalls.run(SET_VALUE, params);
    return this;
  }

  /**
   * Overwrites the elements with those of another array.
   *
   * @param from an array of as many elements and of the same dtype, on any device
   * @return this array
   */
  public NDArray set(NDArray from) {
    from.copyTo(this);
    return this;
  }

  /**
   * Overwrites the elements with those of a Java array, converting numbers where types differ.
   *
   * @param values as for {@link #of(Object)}, with as many elements as this array; a number sets
   *     every element
   * @return this array
   * @throws IllegalArgumentException if the number of elements differs
   */
  public NDArray set(Object values) {
    if (values instanceof Number number) {
      return fill(number.doubleValue());
    }
    Object plain = JavaArrays.flatten(values);
    JavaArrays.checkCount(Array.getLength(plain), shape());
    if (JavaArrays.dtypeOf(plain) == dtype()) {
      ArrayNatives.write(handle, plain);
      Reference.reachabilityFence(this);
      return this;
    }
    try (NDArray other = of(plain, shape());
        NDArray cast = other.asType(dtype())) {
      cast.copyTo(this);
    }
    return this;
  }

  /**
   * Overwrites the elements with the bytes between a direct buffer's position and limit.
   *
   * @param values as many bytes as this array has, in native byte order
   * @throws IllegalArgumentException if the buffer is not direct or has another size
   */
  public void set(ByteBuffer values) {
    JavaArrays.checkDirect(values);
    ArrayNatives.writeBuffer(handle, values, values.position(), values.remaining());
    Reference.reachabilityFence(this);
  }

  // Copies.

  /**
   * A copy on the same device.
   *
   * @return a new array
   */
  public NDArray copy() {
    return OpCalls.unary(COPY, this);
  }

  /**
   * Copies all elements into another array.
   *
   * @param to an array of as many elements and of the same dtype, on any device
   */
  public void copyTo(NDArray to) {
    ArrayNatives.copyTo(handle, to.handle);
    Reference.reachabilityFence(this);
    Reference.reachabilityFence(to);
  }

  /**
   * A copy on another device.
   *
   * @param device where
   * @return a new array, also if this one is there already
   */
  public NDArray to(Device device) {
    NDArray copy = empty(shape(), dtype(), device);
    copyTo(copy);
    return copy;
  }

  /**
   * A copy with another element type.
   *
   * @param dtype which
   * @return a new array
   */
  public NDArray asType(DType dtype) {
    return OpCalls.run(CAST, new OpCalls.Params<NDArray>(CAST).with(0, dtype), this);
  }

  // Files.

  /**
   * Saves arrays under names in MXNet's {@code .params} format. The file is replaced as a whole: a
   * crash leaves the old or the new one.
   *
   * @param file where
   * @param arrays by name
   * @throws UncheckedIOException if that fails
   */
  public static void save(Path file, Map<String, NDArray> arrays) {
    List<NDArray> values = new ArrayList<>(arrays.values());
    ArrayNatives.save(file.toString(), handlesOf(values), arrays.keySet().toArray(new String[0]));
    Reference.reachabilityFence(values);
  }

  /**
   * Saves arrays without names in MXNet's {@code .params} format.
   *
   * @param file where
   * @param arrays in order
   * @throws UncheckedIOException if that fails
   */
  public static void save(Path file, List<NDArray> arrays) {
    ArrayNatives.save(file.toString(), handlesOf(arrays), null);
    Reference.reachabilityFence(arrays);
  }

  /**
   * Loads arrays of a {@code .params} file onto the processor.
   *
   * @param file where from
   * @return by name, in the file's order; the names are "0", "1", … if the file has none
   * @throws UncheckedIOException if the file is missing, cut or corrupt
   */
  public static Map<String, NDArray> load(Path file) {
    long[][] handles = new long[1][];
    String[] names = ArrayNatives.load(file.toString(), handles);
    return named(names, handles[0]);
  }

  /**
   * Loads the arrays of a {@code .params} file from a stream, a resource of a jar say, onto the
   * processor. The stream is read to its end and not closed.
   *
   * @param in where from
   * @return by name, in the file's order; the names are "0", "1", … if the file has none
   * @throws UncheckedIOException if reading fails, or the bytes are cut or corrupt
   */
  public static Map<String, NDArray> load(InputStream in) {
    long[][] handles = new long[1][];
    try {
      return named(ArrayNatives.parse(in.readAllBytes(), "stream", handles), handles[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("the stream cannot be read", e);
    }
  }

  private static Map<String, NDArray> named(String[] names, long[] handles) {
    List<NDArray> arrays = OpCalls.wrap(handles);
    Map<String, NDArray> result = new LinkedHashMap<>();
    for (int i = 0; i < arrays.size(); i++) {
      result.put(names == null ? Integer.toString(i) : names[i], arrays.get(i));
    }
    return result;
  }
}
