package org.tenon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.initializer.Initializer;
import org.tenon.io.NDArrayIter;
import org.tenon.metric.Accuracy;
import org.tenon.module.Module;
import org.tenon.op.Activation;
import org.tenon.optimizer.Sgd;

/** The Java API on the emulated GPUs, each program in a JVM of its own. */
class GpuTest {
  private static final int EXAMPLES = 60;
  private static final int FEATURES = 6;
  private static final int CLASSES = 3;

  /** What runs where there are GPUs: the method that the first argument names. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      switch (arguments[0]) {
        case "arrays" -> arrays();
        case "errors" -> errors();
        case "memory" -> memory();
        case "fault" -> fault();
        case "files" -> files(Path.of(arguments[1]));
        case "linear" -> train(linear(), Path.of(arguments[1]));
        case "mlp" -> train(mlp(), Path.of(arguments[1]));
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }

    private static void arrays() {
      System.out.println("gpus " + Device.gpuCount() + " [" + Device.whyNoGpu() + "]");
      Shape shape = Shape.of(2, 3);
      Device gpu = Device.gpu(0);
      System.out.println("device " + NDArray.empty(shape, DType.INT8, Device.gpu(1)).device());
      show("zeros", NDArray.zeros(shape, DType.FLOAT32, gpu));
      show("ones", NDArray.ones(shape, DType.FLOAT64, gpu));
      show("full", NDArray.full(2.5, shape, DType.FLOAT16, gpu));
      show("arange", NDArray.arange(1, 7, 1, DType.INT32, gpu));
      NDArray host = NDArray.of(new float[][] {{1, 2, 3}, {4, 5, 6}});
      NDArray there = host.to(gpu);
      show("there", there);
      show("elsewhere", there.to(Device.gpu(1)));
      show("back", there.to(Device.cpu()));
      show("sum", there.add(there).mul(3));
      show("view", there.at(1));
      there.set(new float[] {6, 5, 4, 3, 2, 1});
      show("set", there);
      show("host", host);
      show("part", there.get(Slice.all(), Slice.range(1, 3)));
      there.fill(9, Slice.all(), Slice.at(0));
      there.set(NDArray.of(7).to(gpu), Slice.at(1), Slice.from(1));
      show("parts set", there);
    }

    private static void show(String name, NDArray array) {
      System.out.println(name + " " + array.device() + " " + Arrays.toString(array.toFloatArray()));
    }

    private static void errors() {
      NDArray host = NDArray.ones(2);
      NDArray first = host.to(Device.gpu(0));
      NDArray second = host.to(Device.gpu(1));
      report("mixed", () -> first.add(host));
      report("two gpus", () -> first.mul(second));
      report("index", () -> NDArray.zeros(Shape.of(1), DType.FLOAT32, Device.gpu(7)));
      report("memory of", () -> Tenon.memory(Device.gpu(7)));
      show("untouched", first.add(1));
      show("untouched", second.add(1));
    }

    private static void report(String what, Runnable faulty) {
      try {
        faulty.run();
        System.out.println(what + ": nothing");
      } catch (RuntimeException e) {
        System.out.println(what + ": " + e.getClass().getSimpleName() + ": " + e.getMessage());
      }
    }

    private static void memory() {
      Device gpu = Device.gpu(0);
      Tenon.setMemoryLimit(gpu, 8 << 20);
      NDArray large = NDArray.zeros(Shape.of(1 << 20), DType.FLOAT32, gpu);
      System.out.println("in use " + (Tenon.memory(gpu).inUseBytes() >> 20));
      System.out.println("limit " + (Tenon.memory(gpu).limitBytes() >> 20));
      try {
        NDArray.zeros(Shape.of(3, 1 << 20), DType.FLOAT32, gpu).waitToRead();
        System.out.println("no error");
      } catch (OutOfDeviceMemoryError e) {
        System.out.println("error " + e.getMessage().replace("\n", " | "));
      }
      large.waitToRead();
      large.close();
      Tenon.waitAll();
      System.out.println("after " + Tenon.memory(gpu).inUseBytes());
      show("goes on", NDArray.ones(Shape.of(2), DType.FLOAT32, gpu).add(1));
      System.out.println("other " + Tenon.memory(Device.gpu(1)).inUseBytes());
    }

    /** The first kernel fails, and all that comes after it on the device. */
    private static void fault() {
      NDArray host = NDArray.ones(2);
      NDArray there = host.to(Device.gpu(0));
      NDArray result = Ops.exp(there);
      report("result", result::toFloatArray);
      report("later", () -> Ops.sin(there).toFloatArray());
      show("host", host.add(1));
    }

    private static void files(Path folder) {
      Path file = folder.resolve("arrays.params");
      NDArray there = NDArray.arange(0, 4, 1, DType.FLOAT32, Device.gpu(1));
      NDArray.save(file, Map.of("weight", there));
      NDArray loaded = NDArray.load(file).get("weight");
      show("loaded", loaded);
      show("again", loaded.to(Device.gpu(0)));
    }

    /** A linear classifier of broadcast products and sums. */
    private static Symbol linear() {
      Symbol data = Ops.expandDims(Symbol.variable("data"), p -> p.axis(2));
      Symbol weight = Symbol.variable("all_weight", Shape.of(1, FEATURES, CLASSES));
      Symbol scores = Ops.sum(Ops.broadcastMul(data, weight), p -> p.axis(1));
      return Ops.softmaxOutput("softmax", scores);
    }

    private static Symbol mlp() {
      Symbol fc1 = Ops.fullyConnected("fc1", Symbol.variable("data"), p -> p.numHidden(8));
      Symbol act = Ops.activation("act", fc1, p -> p.actType(Activation.ActType.TANH));
      Symbol fc2 = Ops.fullyConnected("fc2", act, p -> p.numHidden(CLASSES));
      return Ops.softmaxOutput("softmax", fc2);
    }

    /** The same training on both devices, and a checkpoint from the one read on the other. */
    private static void train(Symbol net, Path folder) {
      float[] points = new float[EXAMPLES * FEATURES];
      float[] classes = new float[EXAMPLES];
      for (int i = 0; i < EXAMPLES; i++) {
        classes[i] = i % CLASSES;
        for (int f = 0; f < FEATURES; f++) {
          points[i * FEATURES + f] = (f % CLASSES == i % CLASSES ? 1 : 0) + (i * 7 + f) % 10 / 30f;
        }
      }
      NDArray data = NDArray.of(points).reshape(EXAMPLES, FEATURES);
      NDArray label = NDArray.of(classes);
      Map<Device, NDArray> scores = new LinkedHashMap<>();
      for (Device device : List.of(Device.cpu(), Device.gpu(0))) {
        Tenon.seed(3);
        try (Module module = Module.of(net, m -> m.devices(device))) {
          module.fit(
              NDArrayIter.of(data, label, 20),
              f ->
                  f.optimizer(Sgd.builder(0.2f).momentum(0.9f).build())
                      .initializer(Initializer.uniform(0.1f))
                      .epochs(4));
          NDArrayIter all = NDArrayIter.of(data, label, EXAMPLES);
          double accuracy = module.score(all, new Accuracy()).value();
          System.out.println(device + " accuracy " + accuracy);
          scores.put(device, module.predict(NDArrayIter.of(data, label, 20)).get(0));
          module.saveCheckpoint(folder.resolve("net-" + device.type()), 4);
        }
      }
      compare("trained", scores.get(Device.cpu()), scores.get(Device.gpu(0)));
      try (Module loaded = Module.load(folder.resolve("net-gpu"), 4)) {
        NDArray again = loaded.predict(NDArrayIter.of(data, label, EXAMPLES)).get(0);
        compare("loaded", again, scores.get(Device.gpu(0)));
      }
    }

    private static void compare(String what, NDArray one, NDArray other) {
      float[] a = one.toFloatArray();
      float[] b = other.toFloatArray();
      double most = 0;
      for (int i = 0; i < a.length; i++) {
        most = Math.max(most, Math.abs(a[i] - b[i]));
      }
      System.out.println(
          what + (a.length == b.length && most < 1e-4 ? " agrees" : " differs " + most));
    }
  }

  private static String run(String... arguments) throws IOException, InterruptedException {
    ChildJvm.Result result = EmulatedGpu.run(Program.class, arguments);
    result
        .output()
        .lines()
        .filter(line -> line.contains("no kernel for gpu"))
        .findFirst()
        .ifPresent(line -> abort("a kernel is missing: " + line));
    assertEquals(0, result.status(), result.output());
    return result.output();
  }

  private static void assertLine(String output, String line) {
    assertTrue(output.lines().anyMatch(line::equals), "no line '" + line + "' in\n" + output);
  }

  private static void assertMatches(String output, String pattern) {
    assertTrue(
        output.lines().anyMatch(line -> line.matches(pattern)),
        "no '" + pattern + "' in\n" + output);
  }

  @Test
  void arraysAreMadeMovedAndComputedOnAGpu() throws Exception {
    String output = run("arrays");
    assertLine(output, "gpus 2 []");
    assertLine(output, "device gpu(1)");
    assertLine(output, "zeros gpu(0) [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]");
    assertLine(output, "ones gpu(0) [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]");
    assertLine(output, "full gpu(0) [2.5, 2.5, 2.5, 2.5, 2.5, 2.5]");
    assertLine(output, "arange gpu(0) [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assertLine(output, "there gpu(0) [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assertLine(output, "elsewhere gpu(1) [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assertLine(output, "back cpu(0) [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assertLine(output, "sum gpu(0) [6.0, 12.0, 18.0, 24.0, 30.0, 36.0]");
    assertLine(output, "view gpu(0) [4.0, 5.0, 6.0]");
    assertLine(output, "set gpu(0) [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]");
    assertLine(output, "host cpu(0) [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
    assertLine(output, "part gpu(0) [5.0, 4.0, 2.0, 1.0]");
    assertLine(output, "parts set gpu(0) [9.0, 5.0, 4.0, 9.0, 7.0, 7.0]");
  }

  @Test
  void errorsSayWhichDevicesAndLeaveArraysUntouched() throws Exception {
    String output = run("errors");
    assertMatches(
        output,
        "mixed: IllegalArgumentException: .* is on cpu\\(0\\), but lhs is on gpu\\(0\\);.*");
    assertMatches(
        output,
        "two gpus: IllegalArgumentException: .* is on gpu\\(1\\), but lhs is on gpu\\(0\\);.*");
    String missing = "gpu\\(7\\) does not exist: this machine has 2 gpus";
    assertMatches(output, "index: IllegalArgumentException: " + missing);
    assertMatches(output, "memory of: IllegalArgumentException: " + missing);
    assertLine(output, "untouched gpu(0) [2.0, 2.0]");
    assertLine(output, "untouched gpu(1) [2.0, 2.0]");
  }

  @Test
  void exhaustedMemoryListsTheAllocationsAndTheProgramGoesOn() throws Exception {
    String output = run("memory");
    assertLine(output, "in use 4");
    assertLine(output, "limit 8");
    assertMatches(output, "error .*gpu\\(0\\).*_zeros.*");
    assertLine(output, "after 0");
    assertLine(output, "goes on gpu(0) [2.0, 2.0]");
    assertLine(output, "other 0");
  }

  @Test
  void aKernelsFaultNamesItsOperatorAndTheProcessorGoesOn() throws Exception {
    ChildJvm.Result result =
        EmulatedGpu.runIn(Map.of("EMULATED_FAULT", "1"), List.of(), Program.class, "fault");
    assertEquals(0, result.status(), result.output());
    assertMatches(
        result.output(),
        "result: TenonException: .*gpu\\(0\\) has failed: an illegal memory access.*"
            + "\\(cudaErrorIllegalAddress\\), in exp.*");
    assertMatches(result.output(), "later: TenonException: .*gpu\\(0\\) has failed: .*");
    assertLine(result.output(), "host cpu(0) [2.0, 2.0]");
  }

  @Test
  void filesAreWrittenFromAGpu(@TempDir Path folder) throws Exception {
    String output = run("files", folder.toString());
    assertLine(output, "loaded cpu(0) [0.0, 1.0, 2.0, 3.0]");
    assertLine(output, "again gpu(0) [0.0, 1.0, 2.0, 3.0]");
  }

  private static void assertTrains(String net, Path folder)
      throws IOException, InterruptedException {
    String output = run(net, folder.toString());
    assertLine(output, "cpu(0) accuracy 1.0");
    assertLine(output, "gpu(0) accuracy 1.0");
    assertLine(output, "trained agrees");
    assertLine(output, "loaded agrees");
  }

  @Test
  void aLinearModelTrainsAsOnTheProcessor(@TempDir Path folder) throws Exception {
    assertTrains("linear", folder);
  }

  @Test
  void aMultiLayerPerceptronTrainsAsOnTheProcessor(@TempDir Path folder) throws Exception {
    assertTrains("mlp", folder);
  }
}
