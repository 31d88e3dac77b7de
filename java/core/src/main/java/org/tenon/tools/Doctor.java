package org.tenon.tools;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.tenon.Device;
import org.tenon.Tenon;
import org.tenon.internal.Loader;
import org.tenon.internal.RuntimeNatives;

/**
 * Says what hardware, driver and libraries were found, what is missing and how to get it, and
 * whether each device computes right and how fast: {@code java -cp tenon-core.jar:tenon-native.jar
 * org.tenon.tools.Doctor}.
 *
 * <p>The exit status is 1 where the library cannot be loaded or a device computes wrongly; that
 * there is no GPU is no fault.
 */
public final class Doctor {
  private static final String USAGE =
      """
      usage: org.tenon.tools.Doctor [--quick]

      Shows what was found of hardware, driver and libraries, what is missing and how to get it,
      and tests each device.

        --quick   compute less: whether results are right, not how fast they are
        --help    print this
      """;

  private final PrintStream out;
  private final boolean quick;
  private final List<String> advice = new ArrayList<>();

  private Doctor(PrintStream out, boolean quick) {
    this.out = out;
    this.quick = quick;
  }

  /**
   * Examines this machine.
   *
   * @param arguments {@code --quick} or {@code --help}
   */
  public static void main(String[] arguments) {
    boolean quick = false;
    for (String argument : arguments) {
      switch (argument) {
        case "--quick" -> quick = true;
        case "--help", "-h" -> {
          System.out.print(USAGE);
          return;
        }
        default -> {
          System.err.println("Doctor: unknown argument " + argument);
          System.err.print(USAGE);
          System.exit(2);
        }
      }
    }
    if (!new Doctor(System.out, quick).examine()) {
      System.exit(1);
    }
  }

  private boolean examine() {
    heading("machine");
    Machine.facts().forEach(this::row);
    heading("Tenon");
    try {
      row("library", Loader.file().toString());
    } catch (LinkageError | RuntimeException e) {
      row("library", "cannot be loaded: " + e.getMessage());
      return false;
    }
    row("version", Tenon.version());
    gpus();
    if (!advice.isEmpty()) {
      heading("what to do");
      advice.forEach(text -> out.println("  - " + text));
    }
    heading("test of each device");
    return new DeviceTest(out, quick).run(devices());
  }

  private void gpus() {
    heading("GPUs");
    Machine.driver().forEach(this::row);
    for (int i = 0; i < Device.gpuCount(); i++) {
      Device gpu = Device.gpu(i);
      row(gpu.toString(), gpu.description());
    }
    String why = Device.whyNoGpu();
    if (!why.isEmpty()) {
      row("none", why);
      Advice.on(why).ifPresent(advice::add);
    }
    for (String line : RuntimeNatives.describeDeviceLibrary().split("\n")) {
      // "name: path", or a sentence on what is missing.
      int colon = line.indexOf(": ");
      if (line.contains(": /")) {
        row(line.substring(0, colon), line.substring(colon + 2));
      } else if (!line.isEmpty()) {
        row("missing", line);
        Advice.on(line).ifPresent(advice::add);
      }
    }
  }

  private static List<Device> devices() {
    List<Device> all = new ArrayList<>();
    all.add(Device.cpu());
    for (int i = 0; i < Device.gpuCount(); i++) {
      all.add(Device.gpu(i));
    }
    return all;
  }

  private void heading(String text) {
    out.printf("%n%s%n", text);
  }

  private void row(String name, String value) {
    out.printf("  %-18s %s%n", name, value.replace("\n", "\n" + " ".repeat(21)));
  }
}
