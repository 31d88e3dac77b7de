package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tenon.autograd.Autograd;

/**
 * Thousands of calls of all operators with arguments that make no sense: each gives a result or an
 * exception that a caller can act on, and the JVM lives. A seed repeats any of them.
 */
class HostileCallsTest {
  private static final int CALLS = 20_000;

  @Test
  void noArgumentsOfAnOperatorHarmTheJvm() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(HostileArguments.jvmOptions(), Caller.class, "0", Integer.toString(CALLS));
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
      said.append(seed).append(": ");
      try (NDScope scope = NDScope.open();
          Autograd.Mode mode = random.nextInt(4) == 0 ? Autograd.record() : Autograd.pause()) {
        HostileArguments arguments = new HostileArguments(random, said, List.of(), null);
        Object result = arguments.call(operator, null);
        if (result instanceof NDArray array) {
          use(array);
        } else {
          for (Object array : (List<?>) result) {
            use((NDArray) array);
          }
        }
      } catch (InvocationTargetException e) {
        check(e.getCause());
      } catch (RuntimeException | Error e) {
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
              || thrown instanceof HostileArguments.FromCallback
              || thrown instanceof OutOfDeviceMemoryError;
      if (!fitting || thrown.getMessage() == null || thrown.getMessage().isBlank()) {
        System.out.println(said);
        thrown.printStackTrace(System.out);
        System.exit(1);
      }
    }
  }
}
