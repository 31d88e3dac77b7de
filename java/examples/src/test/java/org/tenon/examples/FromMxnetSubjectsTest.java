package org.tenon.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.Executor;
import org.tenon.GradRequest;
import org.tenon.NDArray;
import org.tenon.Ops;
import org.tenon.Shape;
import org.tenon.Slice;
import org.tenon.Symbol;
import org.tenon.Tenon;
import org.tenon.autograd.Autograd;
import org.tenon.callback.Checkpoint;
import org.tenon.callback.EpochLog;
import org.tenon.initializer.Initializer;
import org.tenon.io.DataBatch;
import org.tenon.io.DataDesc;
import org.tenon.io.DataIter;
import org.tenon.io.LastBatch;
import org.tenon.io.MnistIter;
import org.tenon.io.NDArrayIter;
import org.tenon.io.PrefetchingIter;
import org.tenon.kvstore.KVStore;
import org.tenon.metric.Accuracy;
import org.tenon.metric.CompositeMetric;
import org.tenon.metric.CrossEntropy;
import org.tenon.metric.Metric;
import org.tenon.module.Module;
import org.tenon.module.Params;
import org.tenon.op.Activation.ActType;
import org.tenon.optimizer.Adam;
import org.tenon.optimizer.LrScheduler;
import org.tenon.optimizer.Sgd;
import org.tenon.viz.Graphviz;

/**
 * The Java lines of docs/from-mxnet.md by subject; FromMxnetTest compares them with the document.
 */
class FromMxnetSubjectsTest {
  @TempDir Path folder;

  private final List<Object> printed = new ArrayList<>();

  private void out(Object what) {
    printed.add(what);
  }

  private static void assertElements(NDArray array, double... expected) {
    assertArrayEquals(expected, array.toDoubleArray(), 1e-6);
  }

  @Test
  void arrays() {
    NDArray a = NDArray.of(1, 2, 3);
    NDArray b = NDArray.of(new float[][] {{1, 2, 3}, {2, 3, 4}});
    NDArray c = NDArray.of(new float[][] {{1, 2}, {3, 4}}, DType.FLOAT16);
    NDArray d = NDArray.zeros(2, 3), e = NDArray.ones(Shape.of(2, 3), DType.INT32, Device.cpu(1));
    NDArray f = NDArray.full(7, 2, 3),
        g = NDArray.arange(6),
        h = NDArray.arange(0, 1, 0.25, DType.FLOAT64, Device.cpu());
    NDArray u = NDArray.uniform(-1, 1, 2, 3), n = NDArray.normal(0, 1, 2, 3);
    out(List.of(b.shape(), b.shape().dim(0), b.shape().rank(), b.size(), b.dtype(), b.device()));
    out(b);
    assertEquals(List.of(Shape.of(2, 3), 2L, 2, 6L, DType.FLOAT32, Device.cpu()), printed.get(0));
    assertEquals(List.of(DType.FLOAT16, DType.INT32), List.of(c.dtype(), e.dtype()));
    assertEquals(List.of(4L, 6L, 6L), List.of(h.size(), u.size(), n.size()));
    NDArray x = b.add(d.mul(2)).sub(f.div(7)),
        y = b.rsub(1),
        z = a.rpow(2),
        w = a.neg().mod(2),
        v = b.gt(2),
        s = a.eq(b);
    b.addi(1).muli(d).fill(3);
    out(
        List.of(
            a.exp(),
            a.clip(1, 2),
            b.dot(x.transpose()),
            b.sum(),
            b.sum(true, 1),
            b.argmax(1),
            b.norm()));
    assertElements(x, 0, 1, 2, 1, 2, 3);
    assertElements(y, 0, -1, -2, -1, -2, -3);
    assertElements(z, 2, 4, 8);
    assertElements(w, 1, 0, 1);
    assertElements(v, 0, 0, 1, 0, 1, 1);
    assertElements(s, 1, 1, 1, 0, 0, 0);
    assertElements(b, 3, 3, 3, 3, 3, 3);
    NDArray r = g.reshape(2, 3);
    out(
        List.of(
            r.reshape(0, -1),
            r.reshape(-1),
            r.expandDims(0),
            r.transpose(),
            r.broadcastTo(4, 2, 3)));
    out(List.of(r.at(1), r.slice(0, 1), r.get(1, 2).toScalar()));
    out(List.of(r.get(Slice.all(), Slice.range(1, 3)), r.get(Slice.at(-1), Slice.range(0, 3, 2))));
    r.at(0).fill(5);
    r.get(1, 2).fill(6);
    r.fill(9, Slice.all(), Slice.range(1, 3)).set(NDArray.of(7, 8), Slice.all(), Slice.at(0));
    out(List.of(Ops.concat(p -> p.dim(0), r, r), Ops.stack(r, r), r.take(NDArray.of(1))));
    out(Ops.split(r, p -> p.numOutputs(3).axis(1)));
    assertElements(r, 7, 9, 9, 8, 9, 9);
    assertEquals(5.0, ((List<?>) printed.get(4)).get(2));
    assertEquals(3, ((List<?>) printed.get(7)).size());
    NDArray i = r.asType(DType.INT32), copy = r.copy(), there = r.to(Device.cpu(1));
    float[] flat = r.toFloatArray();
    float[][] nested = r.toArray(float[][].class);
    r.copyTo(d);
    r.waitToRead();
    NDArray.save(folder.resolve("list.params"), List.of(r, b));
    NDArray.save(folder.resolve("dict.params"), Map.of("r", r, "b", b));
    NDArray first = NDArray.load(folder.resolve("list.params")).get("0"),
        again = NDArray.load(folder.resolve("dict.params")).get("r");
    assertEquals(DType.INT32, i.dtype());
    assertElements(copy, 7, 9, 9, 8, 9, 9);
    assertEquals(Device.cpu(1), there.device());
    assertEquals(8, nested[1][0]);
    assertEquals(6, flat.length);
    assertElements(d, 7, 9, 9, 8, 9, 9);
    assertElements(first, 7, 9, 9, 8, 9, 9);
    assertElements(again, 7, 9, 9, 8, 9, 9);
  }

  @Test
  void gradients() {
    NDArray x = NDArray.of(new float[][] {{1, 2}, {3, 4}}).attachGrad();
    NDArray z =
        Autograd.record(
            () -> {
              NDArray y = x.mul(2);
              return y.mul(x);
            });
    z.backward();
    out(x.grad());
    assertElements((NDArray) printed.get(0), 4, 8, 12, 16);
    NDArray scaled;
    try (Autograd.Mode recording = Autograd.record(false)) {
      NDArray y = x.mul(2);
      NDArray scale = Autograd.pause(() -> y.norm());
      scaled = y.div(scale);
    }
    scaled.backward(NDArray.of(new float[][] {{10, 1f}, {.1f, .01f}}), true);
    Autograd.backward(List.of(scaled));
    NDArray w = NDArray.ones(2).attachGrad(GradRequest.ADD);
    NDArray dropped = Autograd.trainMode(() -> Ops.dropout(x, p -> p.p(0.5)));
    // Without the pause the norm would have a gradient, too; the norm of 2x is 2*sqrt(30).
    double slope = 1 / Math.sqrt(30);
    assertElements(x.grad(), slope, slope, slope, slope);
    assertEquals(Shape.of(2), w.grad().shape());
    assertEquals(Shape.of(2, 2), dropped.shape());
  }

  @Test
  void symbols() {
    Symbol a = Symbol.variable("a"), b = Symbol.variable("b", Shape.of(2, 3));
    Symbol c = a.mul(2).add(b);
    Symbol fc1 = Ops.fullyConnected("fc1", c, p -> p.numHidden(128).attr("__lr_mult__", "2"));
    Symbol net = Ops.activation("relu1", fc1, p -> p.actType(ActType.RELU));
    out(List.of(net.name(), net.listArguments(), net.listOutputs(), net.listAuxiliaryStates()));
    Symbol.Shapes shapes = net.inferShapes(Map.of("a", Shape.of(2, 3)));
    out(List.of(shapes.arguments(), shapes.outputs(), shapes.auxiliary()));
    out(List.of(net.internals().get("fc1_output"), net.children().get()));
    out(List.of(net.attributes(), net.internals().get("fc1_output").attribute("num_hidden").get()));
    out(net.summary(Map.of("a", Shape.of(2, 3))));
    assertEquals(
        List.of(
            "relu1",
            List.of("a", "b", "fc1_weight", "fc1_bias"),
            List.of("relu1_output"),
            List.of()),
        printed.get(0));
    assertEquals(Map.of("relu1_output", Shape.of(2, 128)), shapes.outputs());
    assertEquals("128", ((List<?>) printed.get(3)).get(1));
    NDArray once = c.eval(Map.of("a", NDArray.ones(2, 3), "b", NDArray.ones(2, 3))).get(0);
    Executor ex1 = c.bind(Device.cpu(), Map.of("a", NDArray.ones(2, 3), "b", NDArray.ones(2, 3)));
    out(ex1.forward(false).get(0));
    Executor ex = net.simpleBind(Device.cpu(), Map.of("a", Shape.of(2, 3)));
    ex.copyParams(Map.of("fc1_bias", NDArray.ones(128)), Map.of(), true);
    ex.forward(true, Map.of("a", NDArray.ones(2, 3)));
    ex.backward(NDArray.ones(2, 128));
    out(ex.gradients().get("fc1_bias"));
    Symbol both = Symbol.group(c, net);
    out(List.of(both.listOutputs(), both.get(1)));
    Symbol other = net.compose(Map.of("a", Symbol.variable("image")));
    other.save(folder.resolve("net.json"));
    out(Symbol.load(folder.resolve("net.json")).toJson().equals(other.toJson()));
    assertElements(once, 3, 3, 3, 3, 3, 3);
    assertEquals(Shape.of(128), ((NDArray) printed.get(6)).shape());
    assertEquals(List.of("image", "b", "fc1_weight", "fc1_bias"), other.listArguments());
    assertEquals(true, printed.get(printed.size() - 1));
  }

  @Test
  void stores() {
    KVStore kv = KVStore.create("local");
    kv.init("3", NDArray.full(2, 2, 3));
    NDArray a = NDArray.zeros(2, 3);
    kv.pull("3", a);
    kv.push("3", NDArray.full(8, 2, 3));
    kv.push(
        "3", IntStream.range(0, 4).mapToObj(i -> NDArray.ones(2, 3).to(Device.cpu(i))).toList());
    kv.setUpdater((key, input, stored) -> stored.addi(input.mul(2)));
    kv.setOptimizer(Sgd.of(0.1));
    kv.pull("3", a);
    assertElements(a, 4, 4, 4, 4, 4, 4);
  }

  @Test
  void trainings() {
    NDArray x = NDArray.uniform(-1, 1, 100, 4);
    NDArray y = x.sum(1).gt(0);
    Symbol fc1 = Ops.fullyConnected("fc1", Symbol.variable("data"), p -> p.numHidden(2));
    Symbol net = Ops.softmaxOutput("softmax", fc1);
    NDArrayIter trainIter = NDArrayIter.of(x, y, 20);
    NDArrayIter valIter = NDArrayIter.of(x, y, 30);
    Module mod = Module.of(net, m -> m.devices(Device.cpu(0), Device.cpu(1)).fixed("fc1_bias"));
    mod.bind(List.of(DataDesc.of("data", 20, 4)), List.of(DataDesc.of("softmax_label", 20)), true);
    mod.initParams(Initializer.xavier());
    mod.initOptimizer(Adam.builder(0.1).scheduler(LrScheduler.factor(100, 0.9)).build());
    Metric metric = Metric.create("acc");
    for (int epoch = 0; epoch < 5; epoch++) {
      trainIter.reset();
      metric.reset();
      for (DataBatch batch : trainIter) {
        mod.forward(batch, true);
        mod.updateMetric(metric, batch.label());
        mod.backward();
        mod.update();
      }
      out("Epoch " + epoch + ", Training " + metric);
    }
    assertTrue(metric.value() > 0.8, metric.toString());
    Path prefix = folder.resolve("mx_mlp");
    Module mod1 = Module.of(net);
    mod1.fit(
        trainIter,
        f ->
            f.evalData(valIter)
                .metric("acc", "ce")
                .epochs(3)
                .onEpochEnd(new Checkpoint(prefix, 1, true))
                .onEpochEnd(new EpochLog(this::out)));
    out(mod1.score(valIter, CompositeMetric.of(new CrossEntropy(), new Accuracy())));
    NDArray predicted = mod1.predict(valIter).get(0);
    Params params = mod1.params();
    Symbol sym = Symbol.load(folder.resolve("mx_mlp-symbol.json"));
    mod1.setParams(Params.load(prefix, 3));
    Module mod2 = Module.load(prefix, 3);
    mod2.fit(
        trainIter,
        f -> f.optimizerStates(folder.resolve("mx_mlp-0003.states")).epochs(8).beginEpoch(3));
    mod2.reshape(List.of(DataDesc.of("data", 7, 4)), List.of(DataDesc.of("softmax_label", 7)));
    assertEquals(Shape.of(100, 2), predicted.shape());
    assertEquals(net.listArguments(), sym.listArguments());
    assertEquals(2, params.arguments().size());
    NDArrayIter iter =
        NDArrayIter.builder(30)
            .data("data", x)
            .label("softmax_label", y)
            .shuffle(1)
            .lastBatch(LastBatch.DISCARD)
            .build();
    assertEquals(3, iter.batches());
  }

  @Test
  void picturesFilesAndWaiting() throws IOException {
    Path folderOfDigits = Path.of(System.getProperty("tenon.root"), "java/examples/data/mnist");
    Path images = folderOfDigits.resolve("t10k-images-idx3-ubyte.gz");
    Path labels = folderOfDigits.resolve("t10k-labels-idx1-ubyte.gz");
    Symbol net = Ops.softmaxOutput("softmax", Symbol.variable("data"));
    NDArrayIter trainIter = NDArrayIter.of(NDArray.ones(40, 2), NDArray.zeros(40), 20);
    Files.writeString(folder.resolve("net.dot"), Graphviz.dot(net));
    DataIter mnist = MnistIter.builder(images, labels, 100).shuffle(true).flat(true).build();
    DataIter ahead = new PrefetchingIter(trainIter);
    Tenon.waitAll();
    assertEquals(Shape.of(100, 784), mnist.next().data().get(0).shape());
    assertEquals(Shape.of(20, 2), ahead.next().data().get(0).shape());
    mnist.close();
    ahead.close();
  }
}
