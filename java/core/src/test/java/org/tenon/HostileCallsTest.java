package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tenon.autograd.Autograd;
import org.tenon.op.OpParams;

/**
 * Thousands of calls of all operators with arguments that make no sense: each gives a result or an
 * exception that a caller can act on, and the JVM lives. A seed repeats any of them.
 */
class HostileCallsTest {
  private static final int CALLS = 20_000;

  @Test
  void noArgumentsOfAnOperatorHarmTheJvm() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            List.of("-Xmx512m", ChildJvm.libraryOption()),
            Caller.class,
            "0",
            Integer.toString(CALLS));
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().contains("made " + CALLS + " calls"), result.output());
  }

  /** Makes the calls of the seeds from the first argument to the second. */
  static final class Caller {
    private final Random random;
    private final StringBuilder said = new StringBuilder();

    private Caller(long seed) {
      random = new Random(seed);
    }

    public static void main(String[] args) {
      // What is absurdly large fails at once.
      Tenon.setMemoryLimit(Device.cpu(0), 64 << 20);
      Tenon.setMemoryLimit(Device.cpu(1), 64 << 20);
      List<Method> operators =
          Stream.of(Ops.class.getMethods())
              .filter(method -> Modifier.isStatic(method.getModifiers()))
              .filter(method -> method.getReturnType() != Symbol.class)
              .sorted(Comparator.comparing(Method::toString))
              .toList();
      int begin = Integer.parseInt(args[0]);
      int end = Integer.parseInt(args[1]);
      for (int seed = begin; seed < end; seed++) {
        new Caller(seed).call(seed, operators);
      }
      System.out.println("made " + (end - begin) + " calls");
    }

    private void call(long seed, List<Method> operators) {
      Method operator = operators.get(random.nextInt(operators.size()));
      said.append(seed).append(": ").append(operator.getName());
      try (NDScope scope = NDScope.open();
          Autograd.Mode mode = random.nextInt(4) == 0 ? Autograd.record() : Autograd.pause()) {
        Object[] arguments = new Object[operator.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
          arguments[i] = argument(operator.getParameterTypes()[i]);
        }
        Object result = operator.invoke(null, arguments);
        if (result instanceof NDArray array) {
          use(array);
        } else {
          for (Object array : (List<?>) result) {
            use((NDArray) array);
          }
        }
      } catch (InvocationTargetException e) {
        check(e.getCause());
      } catch (RuntimeException | Error | IllegalAccessException e) {
        check(e);
      }
      try {
        Tenon.waitAll();
      } catch (RuntimeException | Error e) {
        check(e);
      }
    }

    private static void use(NDArray array) {
      array.waitToRead();
      if (Autograd.isRecording()) {
        array.backward();
      }
    }

    private void check(Throwable thrown) {
      boolean fitting =
          thrown instanceof IllegalArgumentException
              || thrown instanceof IllegalStateException
              || thrown instanceof IndexOutOfBoundsException
              || thrown instanceof NullPointerException
              || thrown instanceof UnsupportedOperationException
              || thrown instanceof OutOfDeviceMemoryError;
      boolean speaks = thrown instanceof NullPointerException || thrown.getMessage() != null;
      if (!fitting || !speaks) {
        System.out.println(said);
        thrown.printStackTrace(System.out);
        System.exit(1);
      }
    }

    private Object argument(Class<?> type) {
      if (type == Consumer.class) {
        return (Consumer<OpParams<?, ?>>) this::set;
      }
      if (type == NDArray[].class) {
        NDArray[] arrays = new NDArray[random.nextInt(4)];
        Arrays.setAll(arrays, i -> array());
        return arrays;
      }
      return value(type);
    }

    /** Sets some of an operator's parameters. */
    private void set(OpParams<?, ?> params) {
      Stream.of(params.getClass().getMethods())
          .filter(method -> method.getDeclaringClass().getPackageName().equals("org.tenon.op"))
          .filter(method -> method.getParameterCount() > 0 && !method.isBridge())
          .sorted(Comparator.comparing(Method::toString))
          .filter(method -> random.nextInt(method.getName().equals("out") ? 12 : 2) == 0)
          .forEach(method -> set(params, method));
    }

    private void set(OpParams<?, ?> params, Method setter) {
      Object[] arguments =
          Stream.of(setter.getParameterTypes()).map(this::value).toArray(Object[]::new);
      said.append(" .").append(setter.getName()).append(Arrays.deepToString(arguments));
      try {
        setter.invoke(params, arguments);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof RuntimeException refused) {
          throw refused;
        }
        throw new AssertionError(e.getCause());
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }

    private Object value(Class<?> type) {
      if (type == NDArray.class || type == Object.class) {
        return array();
      } else if (type == long.class) {
        return whole();
      } else if (type == int.class) {
        return (int) whole();
      } else if (type == double.class) {
        return real();
      } else if (type == float.class) {
        return (float) real();
      } else if (type == boolean.class) {
        return random.nextBoolean();
      } else if (type == long[].class) {
        return random.longs(random.nextInt(5)).map(i -> whole()).toArray();
      } else if (type == int[].class) {
        return random.ints(random.nextInt(5)).map(i -> (int) whole()).toArray();
      } else if (type == double[].class) {
        return random.doubles(random.nextInt(5)).map(i -> real()).toArray();
      } else if (type == Device.class) {
        return Device.cpu(random.nextInt(2));
      } else if (type == Shape.class) {
        return shape();
      } else if (type == String.class) {
        return List.of("", "x", "(1,2)", "None", "\u0000", "\ud800").get(random.nextInt(6));
      } else if (type.isEnum()) {
        return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
      }
      return null;
    }

    private long whole() {
      List<Long> odd =
          List.of(
              -1L,
              -2L,
              1L << 33,
              (long) Integer.MAX_VALUE,
              (long) Integer.MIN_VALUE,
              Long.MAX_VALUE);
      return random.nextInt(3) == 0 ? odd.get(random.nextInt(odd.size())) : random.nextInt(6);
    }

    private double real() {
      List<Double> odd = List.of(0.0, Double.NaN, Double.POSITIVE_INFINITY, -1e300, 1e300);
      return random.nextInt(3) == 0
          ? odd.get(random.nextInt(odd.size()))
          : 2 * random.nextGaussian();
    }

    private Shape shape() {
      long[] dims = new long[random.nextInt(6)];
      Arrays.setAll(dims, i -> random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(4));
      return Shape.of(dims);
    }

    /** An array of any shape and type, with odd numbers or closed; or none. */
    private NDArray array() {
      if (random.nextInt(20) == 0) {
        return null;
      }
      DType[] types = DType.values();
      DType type = random.nextInt(3) == 0 ? types[random.nextInt(types.length)] : DType.FLOAT32;
      NDArray array = NDArray.full(real(), shape(), type, Device.cpu(random.nextInt(12) / 11));
      if (Autograd.isRecording() && random.nextBoolean()) {
        array.attachGrad();
      }
      said.append(' ').append(type).append(array.shape());
      if (random.nextInt(20) == 0) {
        array.close();
      }
      return array;
    }
  }
}
