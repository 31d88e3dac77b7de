package org.tenon.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the system tells of the machine, without the native library. */
final class Machine {
  private Machine() {}

  /** Processor, memory, system and Java, in rows. */
  static Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    Runtime runtime = Runtime.getRuntime();
    List<String> cpu = linesOf(Path.of("/proc/cpuinfo"));
    String flags = " " + valueOf(cpu, "flags").orElse("") + " ";
    String vectors =
        flags.contains(" avx512f ") ? "AVX-512" : flags.contains(" avx2 ") ? "AVX2" : "no AVX2";
    facts.put(
        "processor",
        valueOf(cpu, "model name").orElse("unknown")
            + ", "
            + vectors
            + ", "
            + runtime.availableProcessors()
            + " of "
            + cpu.stream().filter(line -> line.startsWith("processor")).count()
            + " usable");
    List<String> memory = linesOf(Path.of("/proc/meminfo"));
    facts.put(
        "memory",
        valueOf(memory, "MemTotal").map(Machine::mebibytes).orElse("unknown")
            + ", available "
            + valueOf(memory, "MemAvailable").map(Machine::mebibytes).orElse("unknown"));
    facts.put(
        "system",
        valueOf(linesOf(Path.of("/etc/os-release")), "PRETTY_NAME")
                .map(name -> name.replace("\"", "") + ", ")
                .orElse("")
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + ", "
            + System.getProperty("os.arch"));
    facts.put(
        "Java",
        System.getProperty("java.version")
            + ", "
            + System.getProperty("java.vm.name")
            + ", heap up to "
            + (runtime.maxMemory() >> 20)
            + " MiB");
    return facts;
  }

  /** The driver in the kernel, and what a program is told to hide of it, in rows. */
  static Map<String, String> driver() {
    Map<String, String> facts = new LinkedHashMap<>();
    List<String> version = linesOf(Path.of("/proc/driver/nvidia/version"));
    facts.put("kernel driver", version.isEmpty() ? "none of NVIDIA's" : version.get(0));
    facts.put("device files", deviceFiles());
    for (String variable :
        List.of("CUDA_VISIBLE_DEVICES", "TENON_CUDA_HOME", "TENON_CUDA_LIBRARY")) {
      String value = System.getenv(variable);
      if (value != null) {
        facts.put(variable, value);
      }
    }
    return facts;
  }

  private static String deviceFiles() {
    try (Stream<Path> files = Files.list(Path.of("/dev"))) {
      List<String> found =
          files
              .map(Path::toString)
              .filter(name -> name.matches("/dev/nvidia([0-9]+|ctl|-uvm)"))
              .sorted()
              .toList();
      return found.isEmpty() ? "no /dev/nvidia*" : String.join(" ", found);
    } catch (IOException e) {
      return "/dev cannot be read";
    }
  }

  private static String mebibytes(String kibibytes) {
    return (Long.parseLong(kibibytes.replace(" kB", "")) >> 10) + " MiB";
  }

  /** The value of the first line "key : value" or "key=value". */
  private static Optional<String> valueOf(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(key.length()).replaceFirst("^\\s*[:=]\\s*", ""))
        .findFirst();
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }
}
