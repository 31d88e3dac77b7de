package org.tenon.gpu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Tenon;
import org.tenon.examples.LeNet;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataIter;
import org.tenon.io.MnistIter;
import org.tenon.module.Module;
import org.tenon.optimizer.Adam;
import org.tenon.optimizer.Optimizer;
import org.tenon.optimizer.Sgd;

/**
 * Trains LeNet on MNIST on the processor and on a GPU, from one seed: the losses agree at each
 * step.
 *
 * <p>Devices sum in different orders, so results part by an ulp at once, and training multiplies
 * that: what is {@linkplain #allowed allowed} doubles every ten steps.
 */
public final class TrainingEquivalence {
  private static final int BATCH = 64;
  private static final long SEED = 42;

  private static final Map<String, Supplier<Optimizer>> OPTIMIZERS = optimizers();

  private TrainingEquivalence() {}

  private static Map<String, Supplier<Optimizer>> optimizers() {
    Map<String, Supplier<Optimizer>> all = new LinkedHashMap<>();
    all.put("SGD with momentum", () -> Sgd.builder(0.05).momentum(0.9).build());
    all.put("Adam", () -> Adam.of(0.001));
    return all;
  }

  /**
   * Runs; the exit status is 1 where losses do not agree.
   *
   * @param args the folder of MNIST's files, and the number of steps
   */
  public static void main(String[] args) {
    boolean agrees = true;
    for (String optimizer : OPTIMIZERS.keySet()) {
      Comparison comparison = compare(optimizer, Path.of(args[0]), Integer.parseInt(args[1]));
      System.out.print(comparison.report());
      agrees &= comparison.agrees();
    }
    if (!agrees) {
      System.exit(1);
    }
  }

  /** The names of the optimizers that are compared. */
  static List<String> names() {
    return List.copyOf(OPTIMIZERS.keySet());
  }

  static Comparison compare(String optimizer, Path mnist, int steps) {
    return new Comparison(
        optimizer,
        losses(optimizer, mnist, steps, Device.cpu()),
        losses(optimizer, mnist, steps, Device.gpu(0)));
  }

  /** By how much losses may differ at a step, relative to the larger of 1 and the loss. */
  static double allowed(int step) {
    return 1e-5 * Math.pow(2, step / 10.0);
  }

  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  private static double[] losses(String optimizer, Path mnist, int steps, Device device) {
    Tenon.seed(SEED);
    double[] losses = new double[steps];
    try (DataIter train = mnist(mnist);
        Module module = Module.of(LeNet.symbol(), m -> m.devices(device))) {
      module.bind(train);
      module.initParams(Initializer.xavier());
      module.initOptimizer(OPTIMIZERS.get(optimizer).get());
      for (int step = 0; step < steps; step++) {
        if (!train.hasNext()) {
          train.reset();
        }
        try (NDScope scope = NDScope.open();
            DataBatch batch = train.next()) {
          module.forward(batch);
          module.backward();
          module.update();
          losses[step] = crossEntropy(module.outputs().get(0), batch.label().get(0));
        }
      }
    }
    return losses;
  }

  private static DataIter mnist(Path folder) {
    return MnistIter.builder(
            folder.resolve("train-images-idx3-ubyte.gz"),
            folder.resolve("train-labels-idx1-ubyte.gz"),
            BATCH)
        .shuffle(false)
        .build();
  }

  private static double crossEntropy(NDArray probabilities, NDArray labels) {
    float[] p = probabilities.toFloatArray();
    float[] wanted = labels.toFloatArray();
    int classes = p.length / wanted.length;
    double sum = 0;
    for (int i = 0; i < wanted.length; i++) {
      sum -= Math.log(p[i * classes + (int) wanted[i]] + 1e-12);
    }
    return sum / wanted.length;
  }

  /** The losses of one training on two devices. */
  record Comparison(String optimizer, double[] cpu, double[] gpu) {
    /** The steps whose losses differ by more than is allowed. */
    List<Integer> strays() {
      List<Integer> steps = new ArrayList<>();
      for (int i = 0; i < cpu.length; i++) {
        // Written so that NaN strays.
        if (!(difference(i) <= allowed(i))) {
          steps.add(i);
        }
      }
      return steps;
    }

    boolean agrees() {
      return strays().isEmpty();
    }

    private double difference(int step) {
      return Math.abs(cpu[step] - gpu[step]) / Math.max(1, Math.abs(cpu[step]));
    }

    String report() {
      StringBuilder text = new StringBuilder(optimizer + "\n");
      text.append("  step     cpu(0)     gpu(0)  difference  allowed\n");
      for (int i = 0; i < cpu.length; i++) {
        text.append(
            String.format(
                Locale.ROOT,
                "%6d %10.6f %10.6f  %10.2e  %7.0e%n",
                i,
                cpu[i],
                gpu[i],
                difference(i),
                allowed(i)));
      }
      List<Integer> strays = strays();
      return text.append(
              strays.isEmpty()
                  ? "agrees at each of " + cpu.length + " steps\n"
                  : "DIFFERS at steps " + strays + "\n")
          .toString();
    }
  }
}
