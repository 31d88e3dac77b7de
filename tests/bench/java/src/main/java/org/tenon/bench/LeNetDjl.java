package org.tenon.bench;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;

/** LeNet in DJL's blocks, with one batch. */
final class LeNetDjl implements AutoCloseable {
  private final Djl engine;
  private final Loss loss = Loss.softmaxCrossEntropyLoss();
  private final Model model;
  private final Trainer trainer;
  private final NDArray images;
  private final NDArray labels;

  LeNetDjl(Djl engine) {
    this.engine = engine;
    Optimizer sgd =
        Optimizer.sgd()
            .setLearningRateTracker(Tracker.fixed(LeNetBenchmark.LEARNING_RATE))
            .optMomentum(LeNetBenchmark.MOMENTUM)
            .optWeightDecays(LeNetBenchmark.WEIGHT_DECAY)
            .build();
    model = Model.newInstance("lenet", engine.engine);
    model.setBlock(block());
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(loss)
                .optOptimizer(sgd)
                .optDevices(new Device[] {Device.cpu()}));
    Shape shape = new Shape(LeNetBenchmark.BATCH, 1, 28, 28);
    trainer.initialize(shape);
    float[] classes = new float[LeNetBenchmark.BATCH];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = i % LeNetBenchmark.CLASSES;
    }
    images = trainer.getManager().randomNormal(shape);
    labels = trainer.getManager().create(classes);
    images.detach();
    labels.detach();
  }

  private static Block block() {
    return new SequentialBlock()
        .add(Conv2d.builder().setFilters(20).setKernelShape(new Shape(5, 5)).build())
        .add(Activation.tanhBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Conv2d.builder().setFilters(50).setKernelShape(new Shape(5, 5)).build())
        .add(Activation.tanhBlock())
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(500).build())
        .add(Activation.tanhBlock())
        .add(Linear.builder().setUnits(LeNetBenchmark.CLASSES).build());
  }

  void train(int steps) {
    float last = 0;
    for (int i = 0; i < steps; i++) {
      try (NDManager scope = trainer.getManager().newSubManager()) {
        // What is computed belongs to the manager of the inputs.
        images.tempAttach(scope);
        labels.tempAttach(scope);
        NDArray value;
        try (GradientCollector collector = trainer.newGradientCollector()) {
          value = loss.evaluate(new NDList(labels), trainer.forward(new NDList(images)));
          collector.backward(value);
        }
        trainer.step();
        if (i == steps - 1) {
          last = value.getFloat();
        }
      }
    }
    engine.waitAll();
    if (!Float.isFinite(last)) {
      throw new IllegalStateException("the training diverged");
    }
  }

  @Override
  public void close() {
    images.close();
    labels.close();
    trainer.close();
    model.close();
  }
}
