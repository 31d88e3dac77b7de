package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of calls of all public methods but the operators' (see {@link HostileCallsTest}) with
 * arguments that make no sense, on objects in any state: each gives a result or an exception that
 * says something, and afterwards the library still computes.
 */
class HostileApiTest {
  private static final int CALLS = 6_000;

  @Test
  void noArgumentsHarmTheJvm(@TempDir Path folder) throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            HostileArguments.jvmOptions(),
            Caller.class,
            "0",
            Integer.toString(CALLS),
            folder.toString());
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().contains("made " + CALLS + " calls"), result.output());
  }

  /**
   * Makes the calls of the seeds from the first argument to the second, with files in the third.
   */
  static final class Caller {
    /** What would undo this program's own settings, or end it. */
    private static final Set<String> LEFT_OUT = Set.of("setMemoryLimit", "main");

    private static PrintStream out;

    private final StringBuilder said = new StringBuilder();

    private Caller() {}

    public static void main(String[] args) throws Exception {
      out = System.out;
      System.setOut(new PrintStream(OutputStream.nullOutputStream()));
      // What is absurdly large fails at once.
      for (int id = 0; id < 3; id++) {
        Tenon.setMemoryLimit(Device.cpu(id), 64 << 20);
      }
      List<Class<?>> api = publicClasses();
      List<Executable> functions =
          api.stream()
              .flatMap(type -> Stream.concat(Stream.of(type.getMethods()), constructorsOf(type)))
              .filter(function -> !LEFT_OUT.contains(function.getName()))
              .filter(function -> isOurs(function))
              .sorted(Comparator.comparing(Executable::toString))
              .distinct()
              .toList();
      Path folder = Path.of(args[2]);
      int begin = Integer.parseInt(args[0]);
      int end = Integer.parseInt(args[1]);
      for (int seed = begin; seed < end; seed++) {
        new Caller().call(seed, api, functions, folder);
      }
      Tenon.deterministic(false);
      float[] product = NDArray.ones(2, 3).dot(NDArray.full(2, 3, 1)).toFloatArray();
      if (product.length != 2 || product[0] != 6 || product[1] != 6) {
        throw new AssertionError("a product of ones and twos is " + product[0]);
      }
      out.println("made " + (end - begin) + " calls of " + functions.size() + " functions");
      System.exit(0);
    }

    private static List<Class<?>> publicClasses() throws Exception {
      Path root =
          Path.of(NDArray.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.walk(root)) {
        return files
            .map(file -> root.relativize(file).toString())
            .filter(name -> name.startsWith("org/tenon/") && name.endsWith(".class"))
            .filter(name -> !name.contains("/internal/") && !name.contains("/op/"))
            .map(name -> name.substring(0, name.length() - 6).replace('/', '.'))
            .sorted()
            .<Class<?>>map(Caller::loaded)
            .filter(type -> Modifier.isPublic(type.getModifiers()) && type != Ops.class)
            .filter(type -> !Throwable.class.isAssignableFrom(type))
            .toList();
      }
    }

    /** Of the API itself: neither Java's nor, but for what objects inherit, internal. */
    private static boolean isOurs(Executable function) {
      String owner = function.getDeclaringClass().getName();
      return owner.startsWith("org.tenon.")
          && !(owner.startsWith("org.tenon.internal.")
              && Modifier.isStatic(function.getModifiers()));
    }

    private static Class<?> loaded(String name) {
      try {
        return Class.forName(name);
      } catch (ClassNotFoundException e) {
        throw new AssertionError(e);
      }
    }

    private static Stream<Executable> constructorsOf(Class<?> type) {
      return Modifier.isAbstract(type.getModifiers())
          ? Stream.empty()
          : Stream.of(type.getConstructors());
    }

    private void call(int seed, List<Class<?>> api, List<Executable> functions, Path folder)
        throws IOException {
      Random random = new Random(seed);
      Executable function = functions.get(random.nextInt(functions.size()));
      said.append(seed).append(": ");
      Files.write(folder.resolve("params"), new byte[random.nextInt(100)]);
      Files.writeString(folder.resolve("json"), "{\"nodes\": [" + "[".repeat(random.nextInt(40)));
      try (NDScope scope = NDScope.open()) {
        HostileArguments arguments = new HostileArguments(random, said, api, folder);
        Object receiver = null;
        if (function instanceof java.lang.reflect.Method method
            && !Modifier.isStatic(method.getModifiers())) {
          receiver = arguments.of(function.getDeclaringClass());
          if (receiver == null) {
            return;
          }
        }
        Object result = arguments.call(function, receiver);
        if (result instanceof NDArray array && !array.isClosed()) {
          array.waitToRead();
        }
        if (result instanceof AutoCloseable closeable) {
          closeable.close();
          closeable.close();
        }
      } catch (InvocationTargetException e) {
        check(e.getCause());
      } catch (Exception | Error e) {
        check(e);
      }
      try {
        Tenon.waitAll();
      } catch (RuntimeException | Error e) {
        check(e);
      }
    }

    private void check(Throwable thrown) {
      boolean fitting =
          thrown instanceof IllegalArgumentException
              || thrown instanceof IllegalStateException
              || thrown instanceof IndexOutOfBoundsException
              || thrown instanceof NullPointerException
              || thrown instanceof UnsupportedOperationException
              || thrown instanceof NoSuchElementException
              || thrown instanceof IOException
              || thrown instanceof UncheckedIOException
              || thrown instanceof HostileArguments.FromCallback
              || thrown instanceof OutOfDeviceMemoryError;
      if (!fitting || thrown.getMessage() == null || thrown.getMessage().isBlank()) {
        out.println(said);
        thrown.printStackTrace(out);
        System.exit(1);
      }
    }
  }
}
