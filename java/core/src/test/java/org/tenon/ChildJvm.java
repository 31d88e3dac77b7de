package org.tenon;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs a main class of the tests in a JVM of its own, where options or damage must not touch the
 * others.
 */
public final class ChildJvm {
  /** What a run left: its exit status and all that it printed. */
  public record Result(int status, String output) {}

  /** Checks that this JVM runs under and its children must, too. */
  private static final List<String> INHERITED =
      Stream.of(ProcessHandle.current().info().arguments().orElse(new String[0]))
          .filter("-Xcheck:jni"::equals)
          .toList();

  private ChildJvm() {}

  /** Runs with the class path of this JVM; {@code options} come before the class. */
  public static Result run(List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return runWith("", options, main, arguments);
  }

  /** As {@link #run}, with more on the class path. */
  static Result runWith(
      String moreClassPath, List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return runIn(Map.of(), moreClassPath, options, main, arguments);
  }

  /** As {@link #runWith}, with more in the environment. */
  public static Result runIn(
      Map<String, String> environment,
      String moreClassPath,
      List<String> options,
      Class<?> main,
      String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(classPath() + moreClassPath);
    command.addAll(options);
    command.addAll(INHERITED);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException("the child did not end: " + output);
    }
    return new Result(process.exitValue(), output);
  }

  /** The option that lets a child find the library where this JVM did. */
  public static String libraryOption() {
    return "-Dtenon.library.path=" + System.getProperty("tenon.library.path");
  }

  /**
   * Folders of the classes under test and of the tests, which surefire may have put on the module
   * path.
   */
  private static String classPath() {
    return location(NDArray.class) + ":" + location(ChildJvm.class);
  }

  private static Path location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
