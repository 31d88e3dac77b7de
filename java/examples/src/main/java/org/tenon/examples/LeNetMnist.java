package org.tenon.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.tenon.Device;
import org.tenon.Tenon;
import org.tenon.callback.Checkpoint;
import org.tenon.callback.EpochEnd;
import org.tenon.callback.ProgressBar;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataIter;
import org.tenon.io.MnistIter;
import org.tenon.metric.Accuracy;
import org.tenon.metric.CompositeMetric;
import org.tenon.metric.CrossEntropy;
import org.tenon.metric.Metric;
import org.tenon.module.FitResult;
import org.tenon.module.Module;
import org.tenon.optimizer.Sgd;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The demo: trains LeNet on MNIST, saves it in MXNet's format, loads it again and shows what it
 * says of some digits.
 */
@Command(
    name = "./tenon demo",
    mixinStandardHelpOptions = true,
    description = "Trains LeNet on MNIST, saves it, loads it again and predicts.")
public final class LeNetMnist implements Callable<Integer> {
  /** The exit status of a program that was interrupted. */
  private static final int INTERRUPTED = 130;

  @Option(
      names = "--data",
      description = "Folder of the four MNIST files (default: ${DEFAULT-VALUE}).")
  private Path data = Path.of("java", "examples", "data", "mnist");

  @Option(
      names = "--out",
      description = "Folder for the model and the pictures (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("demo-output");

  @Option(
      names = "--epochs",
      description = "How often to go through the data (default: ${DEFAULT-VALUE}).")
  private int epochs = 5;

  @Option(names = "--batch", description = "Images in a batch (default: ${DEFAULT-VALUE}).")
  private int batch = 100;

  @Option(names = "--rate", description = "Learning rate (default: ${DEFAULT-VALUE}).")
  private double rate = 0.05;

  @Option(names = "--momentum", description = "Momentum (default: ${DEFAULT-VALUE}).")
  private double momentum = 0.9;

  @Option(names = "--seed", description = "Seed of all random numbers (default: ${DEFAULT-VALUE}).")
  private long seed = 0;

  @Option(
      names = "--devices",
      description = "CPU devices to divide batches between (default: ${DEFAULT-VALUE}).")
  private int devices = 1;

  @Option(
      names = "--gpu",
      arity = "0..1",
      paramLabel = "N",
      fallbackValue = "0",
      description = "Train on gpu(N) (without N: gpu(0)).")
  private Integer gpu;

  private final TrainingCurve curve = new TrainingCurve();

  LeNetMnist() {}

  /** Runs the demo. */
  public static void main(String[] arguments) {
    // Pictures are drawn into files; no screen is needed.
    System.setProperty("java.awt.headless", "true");
    CountDownLatch finished = new CountDownLatch(1);
    endCleanlyOnSignal(Thread.currentThread(), finished);
    int status = commandLine().execute(arguments);
    finished.countDown();
    System.exit(status);
  }

  /** The demo as a command: what is wrong with its arguments is one line. */
  static CommandLine commandLine() {
    return new CommandLine(new LeNetMnist())
        .setParameterExceptionHandler(
            (wrong, arguments) -> {
              PrintWriter err = wrong.getCommandLine().getErr();
              err.println(wrong.getMessage() + "; ./tenon demo --help lists the options");
              return CommandLine.ExitCode.USAGE;
            })
        .setExecutionExceptionHandler(
            (thrown, command, arguments) -> {
              // Numbers out of range and files that are not there: the message says it all.
              if (thrown instanceof IllegalArgumentException
                  || thrown instanceof UncheckedIOException) {
                command.getErr().println(thrown.getMessage());
                return CommandLine.ExitCode.SOFTWARE;
              }
              throw thrown;
            });
  }

  /** Lets Ctrl-C interrupt the training, which then saves a checkpoint, before the JVM goes. */
  private static void endCleanlyOnSignal(Thread training, CountDownLatch finished) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (finished.getCount() > 0) {
                    training.interrupt();
                    try {
                      finished.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }
                },
                "demo-shutdown"));
  }

  @Override
  public Integer call() throws IOException {
    if (gpu != null && gpu >= Device.gpuCount()) {
      System.err.println("There is no gpu(" + gpu + ") to train on: " + whyNoGpu() + ".");
      return 1;
    }
    Files.createDirectories(out);
    Path prefix = out.resolve("lenet");
    Tenon.seed(seed);
    System.out.printf(
        Locale.ROOT,
        "%s, training LeNet on the MNIST files in %s on %s%n",
        Tenon.version(),
        data,
        gpu == null ? Device.cpu().description() : Device.gpu(gpu).description());
    try (DataIter train = mnist("train", true);
        DataIter test = mnist("t10k", false);
        Module module = Module.of(LeNet.symbol(), m -> m.devices(devices()))) {
      FitResult result =
          module.fit(
              train,
              f ->
                  f.evalData(test)
                      .optimizer(Sgd.builder(rate).momentum(momentum).weightDecay(1e-5).build())
                      .initializer(Initializer.xavier())
                      .metric(CompositeMetric.of(new CrossEntropy(), new Accuracy()))
                      .epochs(epochs)
                      .onBatchEnd(new ProgressBar())
                      .onBatchEnd(curve::addBatch)
                      .onEpochEnd(this::report)
                      .onEpochEnd(new Checkpoint(prefix)));
      if (result.interrupted()) {
        System.out.printf(
            Locale.ROOT,
            "interrupted in epoch %d; the model so far is in %s-%04d.params%n",
            result.epochs() + 1,
            prefix,
            result.epochs() + 1);
        return INTERRUPTED;
      }
    }
    curve.save(out.resolve("training-curve.png"));
    predictWithLoaded(prefix);
    System.out.printf(
        Locale.ROOT,
        "saved %1$s-symbol.json, %1$s-%2$04d.params, %3$s and %4$s%n",
        prefix,
        epochs,
        out.resolve("training-curve.png"),
        out.resolve("digits.png"));
    return 0;
  }

  private DataIter mnist(String which, boolean shuffle) {
    return MnistIter.builder(
            data.resolve(which + "-images-idx3-ubyte.gz"),
            data.resolve(which + "-labels-idx1-ubyte.gz"),
            batch)
        .shuffle(shuffle)
        .seed(seed)
        .build();
  }

  private static String whyNoGpu() {
    int count = Device.gpuCount();
    return count == 0
        ? Device.whyNoGpu() + " (./tenon doctor says more)"
        : "this machine has " + count + (count == 1 ? " GPU" : " GPUs");
  }

  private Device[] devices() {
    if (gpu != null) {
      return new Device[] {Device.gpu(gpu)};
    }
    Device[] all = new Device[Math.max(0, devices)];
    for (int i = 0; i < devices; i++) {
      all[i] = Device.cpu(i);
    }
    return all;
  }

  private void report(EpochEnd end) {
    double train = accuracy(end.train());
    double test = end.evaluation().map(LeNetMnist::accuracy).orElse(Double.NaN);
    curve.addEpoch(train, test);
    System.out.printf(
        Locale.ROOT,
        "epoch %d: train accuracy %.4f, test accuracy %.4f, %.1f s%n",
        end.epoch() + 1,
        train,
        test,
        end.time().toMillis() / 1000.0);
  }

  private static double accuracy(Metric metric) {
    return metric.parts().stream()
        .filter(part -> part.name().equals("accuracy"))
        .mapToDouble(Metric::value)
        .findFirst()
        .orElse(Double.NaN);
  }

  /**
   * Loads the checkpoint as any program would, and draws digits with what the loaded model says of
   * them.
   */
  private void predictWithLoaded(Path prefix) throws IOException {
    try (Module loaded = Module.load(prefix, epochs);
        DataIter test = mnist("t10k", false)) {
      double value = loaded.score(test, new Accuracy()).value();
      System.out.printf(Locale.ROOT, "the saved model, loaded again: test accuracy %.4f%n", value);
      DigitsPicture.save(loaded, test, out.resolve("digits.png"));
    }
  }
}
