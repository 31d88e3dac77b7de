package org.tenon;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tenon.autograd.Autograd;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.io.DataIter;
import org.tenon.io.NDArrayIter;
import org.tenon.module.Module;
import org.tenon.op.OpParams;
import org.tenon.optimizer.Sgd;

/** Values that make no sense, or some, for parameters of any type; the same ones for a seed. */
final class HostileArguments {
  /** What callbacks throw. */
  static final class FromCallback extends RuntimeException {
    private static final long serialVersionUID = 1;

    FromCallback() {
      super("thrown by a callback");
    }
  }

  private static final int DEEPEST = 4;
  private static final List<String> NAMES =
      List.of("data", "fc_weight", "softmax_label", "fc_bias", "w", "", "\u0000", "\ud800", "ü\n");

  private final Random random;
  private final StringBuilder said;

  /** The classes whose constructors and factories make values; none for operators alone. */
  private final List<Class<?>> api;

  private final Path folder;
  private final List<NDArray> arrays = new ArrayList<>();
  private int depth;

  HostileArguments(Random random, StringBuilder said, List<Class<?>> api, Path folder) {
    this.random = random;
    this.said = said;
    this.api = api;
    this.folder = folder;
  }

  /** Of the JVM that makes the calls: exceptions that are often thrown keep their messages. */
  static List<String> jvmOptions() {
    return List.of("-Xmx512m", "-XX:-OmitStackTraceInFastThrow", ChildJvm.libraryOption());
  }

  /** One for each parameter. */
  private Object[] forParameters(Executable function) {
    Type[] types = typesOf(function);
    Object[] values = new Object[types.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = function.getName().equals("epochs") ? 2 : of(types[i]);
    }
    return values;
  }

  private static Type[] typesOf(Executable function) {
    if (function instanceof Method method && method.isBridge()) {
      // The compiler's, without type arguments, for what a class that is not public declares.
      for (Class<?> above = method.getDeclaringClass().getSuperclass();
          above != null;
          above = above.getSuperclass()) {
        try {
          return above
              .getDeclaredMethod(method.getName(), method.getParameterTypes())
              .getGenericParameterTypes();
        } catch (NoSuchMethodException e) {
          // Further up.
        }
      }
    }
    Type[] types = function.getGenericParameterTypes();
    return types.length == function.getParameterCount() ? types : function.getParameterTypes();
  }

  Object of(Type type) {
    if (type instanceof ParameterizedType generic) {
      return ofGeneric((Class<?>) generic.getRawType(), generic.getActualTypeArguments());
    } else if (type instanceof WildcardType wildcard) {
      return of(wildcard.getUpperBounds()[0]);
    } else if (type instanceof TypeVariable<?> variable) {
      // An operator's operands, arrays here.
      return variable.getBounds()[0] == Object.class ? array() : of(variable.getBounds()[0]);
    }
    return ofClass((Class<?>) type);
  }

  private Object ofGeneric(Class<?> type, Type[] of) {
    if (random.nextInt(20) == 0) {
      return null;
    } else if (type.isAssignableFrom(ArrayList.class)) {
      List<Object> list = new ArrayList<>();
      IntStream.range(0, random.nextInt(4)).forEach(i -> list.add(of(of[0])));
      return list;
    } else if (type == Map.class) {
      Map<Object, Object> map = new LinkedHashMap<>();
      IntStream.range(0, random.nextInt(4)).forEach(i -> map.put(of(of[0]), of(of[1])));
      return map;
    } else if (type == Optional.class) {
      return Optional.ofNullable(of(of[0]));
    } else if (type == Class.class) {
      List<Class<?>> classes = List.of(float[].class, int[][].class, long.class, String[].class);
      return classes.get(random.nextInt(classes.size()));
    } else if (type.isInterface()) {
      return callback(type, of);
    }
    return ofClass(type);
  }

  private Object ofClass(Class<?> type) {
    if (type.isPrimitive()) {
      return primitive(type);
    } else if (type == NDArray.class) {
      return array();
    } else if (type == Object.class) {
      return random.nextBoolean() ? javaArray() : array();
    } else if (random.nextInt(20) == 0) {
      return null;
    } else if (type.isArray()) {
      Object values = Array.newInstance(type.getComponentType(), random.nextInt(5));
      for (int i = 0; i < Array.getLength(values); i++) {
        Array.set(values, i, of(type.getComponentType()));
      }
      return values;
    } else if (type.isEnum()) {
      return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
    } else if (type == Device.class) {
      return Device.cpu(random.nextInt(24) / 11);
    } else if (type == Shape.class) {
      return shape();
    } else if (type == String.class) {
      return text();
    } else if (type == Float.class) {
      return (float) real();
    } else if (type == Path.class) {
      return folder.resolve(List.of("params", "json", "none", ".", "a/b").get(random.nextInt(5)));
    } else if (type == ByteBuffer.class || type == FloatBuffer.class) {
      return buffer(type);
    } else if (type == PrintStream.class) {
      return new PrintStream(new ByteArrayOutputStream());
    } else if (type == Duration.class) {
      return Duration.ofNanos(whole());
    }
    return made(type);
  }

  private Object primitive(Class<?> type) {
    if (type == long.class) {
      return whole();
    } else if (type == int.class) {
      return (int) whole();
    } else if (type == double.class) {
      return real();
    } else if (type == float.class) {
      return (float) real();
    } else if (type == byte.class) {
      return (byte) whole();
    }
    return random.nextBoolean();
  }

  private Object buffer(Class<?> type) {
    int bytes = 4 * random.nextInt(8);
    ByteBuffer buffer =
        random.nextInt(4) == 0 ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
    buffer.order(random.nextInt(4) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.nativeOrder());
    buffer.position(random.nextInt(bytes + 1));
    buffer = random.nextInt(6) == 0 ? buffer.asReadOnlyBuffer() : buffer;
    return type == FloatBuffer.class ? buffer.asFloatBuffer() : buffer;
  }

  private Object javaArray() {
    return switch (random.nextInt(9)) {
      case 0 -> new float[][] {{1, 2}, {3}};
      case 1 -> new float[][] {{1, 2}, null};
      case 2 -> new Integer[] {1};
      case 3 -> "text";
      case 4 -> new short[random.nextInt(7)];
      case 5 -> new int[2][0][3];
      case 6 -> new long[] {Long.MIN_VALUE, -1};
      case 7 -> new byte[random.nextInt(7)];
      default -> new float[random.nextInt(7)];
    };
  }

  private String text() {
    return switch (random.nextInt(12)) {
      case 0 -> "(1,2)";
      case 1 -> "None";
      case 2 -> "x".repeat(100_000);
      case 3 -> "local";
      case 4 -> "uniform";
      case 5 -> "acc";
      default -> NAMES.get(random.nextInt(NAMES.size()));
    };
  }

  private long whole() {
    List<Long> odd =
        List.of(
            -1L, -2L, 1L << 33, (long) Integer.MAX_VALUE, (long) Integer.MIN_VALUE, Long.MAX_VALUE);
    return random.nextInt(3) == 0 ? odd.get(random.nextInt(odd.size())) : random.nextInt(6);
  }

  private double real() {
    List<Double> odd = List.of(0.0, Double.NaN, Double.POSITIVE_INFINITY, -1e300, 1e300);
    return random.nextInt(3) == 0 ? odd.get(random.nextInt(odd.size())) : 2 * random.nextGaussian();
  }

  private Shape shape() {
    long[] dims = new long[random.nextInt(6)];
    Arrays.setAll(dims, i -> random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(4));
    if (!api.isEmpty() && dims.length > 0 && random.nextInt(8) == 0) {
      dims[random.nextInt(dims.length)] = Math.max(-1, whole());
    }
    return Shape.of(dims);
  }

  /**
   * An array of any shape and type, with odd numbers or closed; or one from before, or a view of
   * it; or none.
   */
  private NDArray array() {
    int kind = random.nextInt(20);
    if (kind == 0) {
      return null;
    }
    NDArray array;
    if (!arrays.isEmpty() && kind < 6) {
      array = arrays.get(random.nextInt(arrays.size()));
      if (kind < 3 && !array.isClosed() && array.shape().rank() > 0) {
        array = array.slice(0, array.shape().dim(0) / 2);
      }
    } else {
      DType[] types = DType.values();
      DType type = random.nextInt(3) == 0 ? types[random.nextInt(types.length)] : DType.FLOAT32;
      Shape shape = shape();
      try {
        array = NDArray.full(real(), shape, type, Device.cpu(random.nextInt(12) / 11));
      } catch (IllegalArgumentException | OutOfDeviceMemoryError e) {
        array = NDArray.full(real(), Shape.of(2, 3), type, Device.cpu());
      }
      if (Autograd.isRecording() && random.nextBoolean()) {
        array.attachGrad();
      }
    }
    if (random.nextInt(20) == 0) {
      array.close();
    }
    said.append(array.isClosed() ? " closed" : " " + array.dtype() + array.shape());
    arrays.add(array);
    return array;
  }

  /** What a caller may come to have of a class of the API. */
  private Object made(Class<?> type) {
    if (type == Symbol.class && random.nextInt(3) > 0) {
      return symbol();
    } else if (type == Executor.class) {
      return executor();
    } else if (type == Module.class && random.nextInt(3) > 0) {
      return module();
    } else if (type == DataIter.class && random.nextInt(3) > 0) {
      return NDArrayIter.of(NDArray.ones(4, 3), NDArray.zeros(4), 2);
    }
    return random.nextInt(8) > 0 || !type.isInterface()
        ? fromFactories(type)
        : callback(type, DataBatch.class);
  }

  private static Symbol symbol() {
    Symbol data = Symbol.variable("data");
    Symbol fc = Ops.fullyConnected("fc", data, p -> p.numHidden(2));
    return Ops.softmaxOutput("softmax", fc);
  }

  private Executor executor() {
    Executor executor =
        symbol().simpleBind(Device.cpu(), Map.of("data", Shape.of(2, 3)), GradRequest.WRITE);
    if (random.nextBoolean()) {
      executor.forward(true);
    }
    if (random.nextInt(10) == 0) {
      executor.close();
    }
    return executor;
  }

  private Module module() {
    Module module = Module.of(symbol());
    int stage = random.nextInt(5);
    if (stage > 0) {
      module.bind(
          List.of(DataDesc.of("data", 2, 3)), List.of(DataDesc.of("softmax_label", 2)), true);
    }
    if (stage > 1) {
      module.initParams();
    }
    if (stage > 2) {
      module.initOptimizer(Sgd.of(0.1f));
    }
    if (random.nextInt(10) == 0) {
      module.close();
    }
    return module;
  }

  /** By a random one of the constructors and static methods that give it. */
  private Object fromFactories(Class<?> type) {
    if (depth == DEEPEST) {
      return null;
    }
    List<Executable> factories =
        api.stream()
            .flatMap(owner -> Stream.concat(makersOf(owner, type), methodsTo(owner, type)))
            .sorted((a, b) -> a.toString().compareTo(b.toString()))
            .toList();
    depth++;
    try {
      for (int attempt = 0; attempt < 4 && !factories.isEmpty(); attempt++) {
        Executable factory = factories.get(random.nextInt(factories.size()));
        try {
          Object made = call(factory, null);
          if (made != null) {
            return made;
          }
        } catch (InvocationTargetException e) {
          said.append(" (refused)");
        } catch (IllegalArgumentException e) {
          // There was no object to call it on.
        }
      }
      return null;
    } finally {
      depth--;
    }
  }

  private static Stream<Executable> makersOf(Class<?> owner, Class<?> type) {
    return Modifier.isAbstract(owner.getModifiers()) || !type.isAssignableFrom(owner)
        ? Stream.empty()
        : Stream.<Constructor<?>>of(owner.getConstructors()).map(Executable.class::cast);
  }

  private static Stream<Executable> methodsTo(Class<?> owner, Class<?> type) {
    return Stream.of(owner.getMethods())
        .filter(method -> type.isAssignableFrom(method.getReturnType()))
        .filter(method -> method.getDeclaringClass() == owner)
        .filter(
            method -> Modifier.isStatic(method.getModifiers()) || method.getName().equals("build"))
        .map(Executable.class::cast);
  }

  /** Calls with hostile arguments; on `receiver`, or on one that is made if there is none. */
  Object call(Executable function, Object receiver) throws InvocationTargetException {
    said.append("\n  ").append(function);
    Object on = receiver;
    if (on == null
        && function instanceof Method method
        && !Modifier.isStatic(method.getModifiers())) {
      on = ofClass(method.getDeclaringClass());
      if (on == null) {
        throw new IllegalArgumentException("no receiver");
      }
    }
    Object[] values = forParameters(function);
    said.append("\n    with ").append(described(values));
    try {
      if (function instanceof Method method) {
        return method.invoke(on, values);
      }
      return ((Constructor<?>) function).newInstance(values);
    } catch (IllegalAccessException | InstantiationException e) {
      throw new AssertionError(e);
    }
  }

  /** Without the elements of arrays, which may be closed. */
  private static String described(Object[] values) {
    StringBuilder text = new StringBuilder();
    for (Object value : values) {
      if (value == null || value instanceof Number || value instanceof Boolean) {
        text.append(value);
      } else if (value instanceof String string) {
        text.append('"').append(string, 0, Math.min(20, string.length())).append('"');
      } else if (value instanceof long[] longs) {
        text.append(Arrays.toString(longs));
      } else if (value instanceof int[] ints) {
        text.append(Arrays.toString(ints));
      } else if (value instanceof Shape || value instanceof Enum || value instanceof Path) {
        text.append(value);
      } else {
        text.append(value.getClass().getSimpleName());
      }
      text.append(", ");
    }
    return text.toString();
  }

  /**
   * A caller's own object, of an interface of those types: throws, or returns what its type allows.
   */
  private Object callback(Class<?> type, Type... of) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, given) -> {
          switch (method.getName()) {
            case "hashCode":
              return System.identityHashCode(proxy);
            case "equals":
              return proxy == given[0];
            case "toString":
              return "a caller's " + type.getSimpleName();
            default:
              break;
          }
          if (random.nextInt(6) == 0) {
            throw new FromCallback();
          }
          Object first = given == null || given.length == 0 ? null : given[0];
          if (first instanceof OpParams<?, ?> params) {
            setSome(params);
          } else if (first != null && type == UnaryOperator.class) {
            setSome(first);
            return first;
          }
          if (method.getReturnType() == void.class) {
            return null;
          } else if (method.getReturnType() == Iterator.class) {
            return callback(Iterator.class, of);
          }
          boolean open = method.getGenericReturnType() instanceof TypeVariable;
          return of(open ? of[of.length - 1] : method.getGenericReturnType());
        });
  }

  /** Calls some of an object's setters. */
  private void setSome(Object builder) {
    Stream.of(builder.getClass().getMethods())
        .filter(method -> method.getDeclaringClass().getName().startsWith("org.tenon."))
        .filter(method -> method.getParameterCount() > 0 && !method.isBridge())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .sorted((a, b) -> a.toString().compareTo(b.toString()))
        .filter(method -> random.nextInt(method.getName().equals("out") ? 12 : 2) == 0)
        .forEach(
            method -> {
              try {
                call(method, builder);
              } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RuntimeException refused) {
                  throw refused;
                }
                throw new AssertionError(e.getCause());
              }
            });
  }
}
