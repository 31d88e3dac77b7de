package org.tenon.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.NDArray;
import org.tenon.Shape;
import org.tenon.Tenon;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.io.MnistIter;
import org.tenon.module.Module;
import org.tenon.optimizer.Sgd;

/**
 * Checkpoints go from Tenon to MXNet 1.9.1 and back, and predict the same. MXNet runs in a process
 * of its own.
 */
class MxnetExchangeTest {
  private static final int IMAGES = 50;
  private static final Path ROOT = Path.of(System.getProperty("tenon.root"));

  @TempDir Path folder;

  @Test
  void mxnetLoadsWhatWasTrainedHereAndPredictsTheSame() throws Exception {
    Path python = mxnetPython();
    float[] images = images();
    Path prefix = folder.resolve("lenet");
    float[] here;
    Tenon.seed(2);
    try (Module module = Module.of(LeNet.symbol());
        MnistIter train = mnist()) {
      module.fit(train, f -> f.optimizer(Sgd.of(0.05, 0.9)).initializer(Initializer.xavier()));
      module.saveCheckpoint(prefix, 5);
      here = predict(module, images);
    }
    assertSame(here, mxnet(python, "predict", prefix, images));
  }

  @Test
  void whatMxnetMadeLoadsHereAndPredictsTheSame() throws Exception {
    Path python = mxnetPython();
    float[] images = images();
    Path prefix = folder.resolve("theirs");
    float[] there = mxnet(python, "make", prefix, images);
    try (Module module = Module.load(prefix, 5)) {
      module.bind(
          List.of(DataDesc.of("data", IMAGES, 1, 28, 28)),
          List.of(DataDesc.of("softmax_label", IMAGES)),
          false);
      assertSame(there, predict(module, images));
    }
  }

  private static void assertSame(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    float most = 1;
    for (float value : expected) {
      most = Math.max(most, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 1e-5f * most, "probability " + i);
    }
  }

  private static float[] predict(Module module, float[] images) {
    try (NDArray data = NDArray.of(images, Shape.of(IMAGES, 1, 28, 28))) {
      return module.predict(DataBatch.of(data)).get(0).toFloatArray();
    }
  }

  private static float[] images() {
    Random random = new Random(5);
    float[] pixels = new float[IMAGES * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return pixels;
  }

  private static MnistIter mnist() {
    Path data = ROOT.resolve("java/examples/data/mnist");
    return MnistIter.builder(
            data.resolve("t10k-images-idx3-ubyte.gz"),
            data.resolve("t10k-labels-idx1-ubyte.gz"),
            100)
        .build();
  }

  private float[] mxnet(Path python, String mode, Path prefix, float[] images) throws Exception {
    Path input = folder.resolve("images");
    Path output = folder.resolve("probabilities");
    ByteBuffer bytes = ByteBuffer.allocate(images.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(images);
    Files.write(input, bytes.array());
    Path script = ROOT.resolve("tests/conformance/checkpoint_exchange.py");
    ProcessBuilder builder =
        new ProcessBuilder(
            python.toString(),
            script.toString(),
            mode,
            prefix.toString(),
            "5",
            input.toString(),
            output.toString());
    // With its default, that build's graph fusion computes several real symbols wrongly.
    builder.environment().put("MXNET_SUBGRAPH_BACKEND", "NONE");
    run(builder);
    ByteBuffer result = ByteBuffer.wrap(Files.readAllBytes(output)).order(ByteOrder.LITTLE_ENDIAN);
    float[] probabilities = new float[result.remaining() / 4];
    result.asFloatBuffer().get(probabilities);
    return probabilities;
  }

  private String run(ProcessBuilder builder) throws IOException, InterruptedException {
    File errors = folder.resolve("errors").toFile();
    Process process = builder.redirectError(errors).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    assertEquals(0, status, () -> String.join(" ", builder.command()) + ": " + text(errors));
    return output;
  }

  private static String text(File file) {
    try {
      return Files.readString(file.toPath());
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The Python that has MXNet; skips, saying why, where its wheels cannot be installed. */
  private Path mxnetPython() throws IOException, InterruptedException {
    File errors = folder.resolve("install").toFile();
    List<String> command =
        new ArrayList<>(List.of("bash", ROOT.resolve(".ci/mxnet.sh").toString()));
    Process process = new ProcessBuilder(command).redirectError(errors).start();
    String path =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int status = process.waitFor();
    if (status != 0) {
      System.out.println("skipped: MXNet 1.9.1 cannot be installed here: " + text(errors));
    }
    assumeTrue(status == 0, () -> "MXNet 1.9.1 cannot be installed here: " + text(errors));
    assertTrue(Files.isExecutable(Path.of(path)), path);
    return Path.of(path);
  }
}
