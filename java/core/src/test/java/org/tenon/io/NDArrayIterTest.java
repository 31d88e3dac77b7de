package org.tenon.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.tenon.NDArray;
import org.tenon.OutOfDeviceMemoryError;
import org.tenon.Shape;
import org.tenon.TenonException;

class NDArrayIterTest {
  private final NDArray data = NDArray.arange(20).reshape(10, 2);
  private final NDArray label = NDArray.arange(10);

  private static List<Float> labels(DataIter iter) {
    List<Float> seen = new ArrayList<>();
    for (DataBatch batch : iter) {
      for (float value :
          batch.label().get(0).slice(0, batch.label().get(0).size() - batch.pad()).toFloatArray()) {
        seen.add(value);
      }
    }
    return seen;
  }

  private NDArrayIter.Builder builder(int batch) {
    return NDArrayIter.builder(batch).data("data", data).label("softmax_label", label);
  }

  @Test
  void describesItsBatches() {
    NDArrayIter iter = NDArrayIter.of(data, label, 4);
    assertEquals(List.of(DataDesc.of("data", 4, 2)), iter.provideData());
    assertEquals(List.of(DataDesc.of("softmax_label", 4)), iter.provideLabel());
    assertEquals(3, iter.batches());
    assertEquals(4, iter.batchSize());
  }

  @Test
  void paddingTakesExamplesFromTheBeginning() {
    NDArrayIter iter = NDArrayIter.of(data, label, 4);
    iter.next();
    iter.next();
    DataBatch last = iter.next();
    assertEquals(2, last.pad());
    assertArrayEquals(new float[] {8, 9, 0, 1}, last.label().get(0).toFloatArray());
    assertArrayEquals(new float[] {16, 17, 18, 19, 0, 1, 2, 3}, last.data().get(0).toFloatArray());
    assertFalse(iter.hasNext());
    assertThrows(NoSuchElementException.class, iter::next);
    iter.reset();
    assertEquals(10, labels(iter).size());
  }

  @Test
  void discardingLeavesTheRestOut() {
    NDArrayIter iter = builder(4).lastBatch(LastBatch.DISCARD).build();
    assertEquals(2, iter.batches());
    assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f), labels(iter));
  }

  @Test
  void rollingOverBeginsTheNextEpochWithTheRest() {
    NDArrayIter iter = builder(4).lastBatch(LastBatch.ROLL_OVER).build();
    assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f), labels(iter));
    iter.reset();
    assertEquals(3, iter.batches());
    assertEquals(List.of(8f, 9f, 0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f), labels(iter));
    iter.reset();
    assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f), labels(iter));
  }

  @Test
  void shufflingKeepsDataAndLabelsTogether() {
    NDArrayIter iter = builder(5).shuffle(3).build();
    List<Float> first = new ArrayList<>();
    for (DataBatch batch : iter) {
      float[] rows = batch.data().get(0).toFloatArray();
      float[] classes = batch.label().get(0).toFloatArray();
      for (int i = 0; i < classes.length; i++) {
        assertEquals(2 * classes[i], rows[2 * i]);
        first.add(classes[i]);
      }
    }
    assertEquals(10, new TreeSet<>(first).size());
    assertEquals(first, labels(builder(5).shuffle(3).build()));
    iter.reset();
    List<Float> second = labels(iter);
    assertEquals(10, new TreeSet<>(second).size());
    assertFalse(first.equals(second));
  }

  @Test
  void prefetchingGivesTheSameBatchesAndResetsAtAnyMoment() {
    try (PrefetchingIter iter =
        new PrefetchingIter(builder(4).lastBatch(LastBatch.DISCARD).build(), 3)) {
      for (int taken = 0; taken < 4; taken++) {
        for (int i = 0; i < taken && iter.hasNext(); i++) {
          iter.next().close();
        }
        iter.reset();
        assertEquals(List.of(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f), labels(iter));
        iter.reset();
      }
    }
  }

  @Test
  void prefetchingPassesExceptionsAndErrorsOn() {
    for (Throwable failure :
        List.of(
            new IllegalStateException("no more disk"),
            new OutOfDeviceMemoryError("no more memory"))) {
      try (PrefetchingIter iter = new PrefetchingIter(failingWith(failure))) {
        assertSame(failure, assertThrows(Throwable.class, iter::next));
        iter.reset();
        assertSame(failure, assertThrows(Throwable.class, iter::hasNext));
      }
    }
  }

  @Test
  void prefetchingWrapsCheckedExceptionsWhichOtherLanguagesMayThrow() {
    IOException failure = new IOException("no such file");
    try (PrefetchingIter iter = new PrefetchingIter(failingWith(failure))) {
      TenonException thrown = assertThrows(TenonException.class, iter::hasNext);
      assertSame(failure, thrown.getCause());
      assertTrue(thrown.getMessage().contains("no such file"), thrown.getMessage());
    }
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void throwUndeclared(Throwable thrown) throws E {
    throw (E) thrown;
  }

  private static DataIter failingWith(Throwable failure) {
    return new DataIter() {
      @Override
      public List<DataDesc> provideData() {
        return List.of(DataDesc.of("data", 1));
      }

      @Override
      public List<DataDesc> provideLabel() {
        return List.of();
      }

      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public DataBatch next() {
        NDArrayIterTest.<RuntimeException>throwUndeclared(failure);
        return null;
      }

      @Override
      public void reset() {}
    };
  }

  @Test
  void badInputSaysWhatIsExpected() {
    assertMessage("there are only 10 examples", () -> NDArrayIter.of(data, label, 11));
    assertMessage(
        "'softmax_label' has 3 rows, expected 10", () -> NDArrayIter.of(data, NDArray.zeros(3), 2));
    assertMessage("the batch size is 0", () -> NDArrayIter.builder(0));
    assertMessage("no data given", () -> NDArrayIter.builder(1).build());
    assertMessage("depth is 0", () -> new PrefetchingIter(NDArrayIter.of(data, 2), 0));
    assertEquals(Shape.of(10, 2), data.shape());
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void anIteratorPrintsWhatItGives() {
    assertEquals(
        "NDArrayIter[data=[DataDesc[name=data, shape=(4,2), dtype=float32]], label=[], batches=3]",
        NDArrayIter.of(data, 4).toString());
  }
}
