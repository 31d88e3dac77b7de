package org.tenon.tools;

import java.util.List;
import java.util.Optional;

/** What to do about each reason for which a GPU, or a library behind it, is missing. */
final class Advice {
  /** Where NVIDIA's libraries may come from; %s is the name in the Python package index. */
  private static final String LIBRARIES =
      "add NVIDIA's %1$s: `pip install %2$s`, or NVIDIA's package for your system, or a jar with"
          + " the libraries on the class path (README, \"On a GPU\"), or set TENON_CUDA_HOME to"
          + " the folder that holds them; without it the operators that need it fail on a GPU";

  /** A part of the reason and what to do. */
  private record Rule(String reason, String advice) {}

  // The first that fits counts.
  private static final List<Rule> RULES =
      List.of(
          new Rule(
              "libtenon_cuda.so is not in",
              "to compute on a GPU, add org.tenon:tenon-native with the classifier"
                  + " linux-x86_64-cuda13 to the class path (in the project itself:"
                  + " `./tenon build --cuda`), or set TENON_CUDA_LIBRARY to libtenon_cuda.so"),
          new Rule(
              "TENON_CUDA_LIBRARY is none",
              "GPUs are switched off: unset TENON_CUDA_LIBRARY to use them"),
          new Rule(
              "of another build",
              "take libtenon.so and libtenon_cuda.so from one build: jars of one version, or"
                  + " `./tenon build --cuda` again"),
          new Rule(
              "no NVIDIA driver is installed",
              "install the NVIDIA driver, release 580 or later; in a container, start it with the"
                  + " NVIDIA Container Toolkit (`docker run --gpus all`)"),
          new Rule(
              "the NVIDIA driver is for CUDA",
              "update the NVIDIA driver to release 580 or later, which knows CUDA 13.0"),
          new Rule(
              "finds no GPU",
              "see `nvidia-smi`; CUDA_VISIBLE_DEVICES may hide the GPUs, and a container shows"
                  + " those that it was started with"),
          new Rule(
              "compute capability",
              "Tenon's kernels are for compute capability 9.0 and later (Hopper, Blackwell)"),
          new Rule("cuBLAS", String.format(LIBRARIES, "cuBLAS 13", "\"nvidia-cublas>=13,<14\"")),
          new Rule("cuDNN", String.format(LIBRARIES, "cuDNN 9 for CUDA 13", "nvidia-cudnn-cu13")),
          new Rule(
              "it cannot be loaded",
              "the file is there but the system's loader refuses it, for the reason given; where"
                  + " it names a symbol or a version, take the library from the same build as"
                  + " libtenon.so"));

  private Advice() {}

  /** Nothing where the reason says all. */
  static Optional<String> on(String reason) {
    return RULES.stream()
        .filter(rule -> reason.contains(rule.reason()))
        .map(Rule::advice)
        .findFirst();
  }
}
