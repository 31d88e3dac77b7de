package org.tenon.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import org.tenon.NDArray;

/**
 * Batches of arrays in memory: MXNet's NDArrayIter.
 *
 * <p>Without shuffling, batches are views of the arrays; with it, copies of their rows. The arrays
 * belong to the caller and must stay open; the iterator does not close them. Wrap it in a {@link
 * PrefetchingIter} to make batches ahead.
 */
public final class NDArrayIter implements DataIter {
  private final Map<String, NDArray> data;
  private final Map<String, NDArray> label;
  private final int batchSize;
  private final LastBatch lastBatch;
  private final int examples;
  private final Random random;
  private final int[] order;
  private int at;
  private int carried;

  private NDArrayIter(Builder builder) {
    data = new LinkedHashMap<>(builder.data);
    label = new LinkedHashMap<>(builder.label);
    batchSize = builder.batchSize;
    lastBatch = builder.lastBatch;
    random = builder.shuffle ? new Random(builder.seed) : null;
    if (data.isEmpty()) {
      throw new IllegalArgumentException("NDArrayIter: no data given");
    }
    examples = countExamples();
    if (batchSize > examples) {
      throw new IllegalArgumentException(
          "NDArrayIter: the batch size is "
              + batchSize
              + ", but there are only "
              + examples
              + " examples");
    }
    order = random == null ? null : new int[examples];
    if (order != null) {
      for (int i = 0; i < examples; i++) {
        order[i] = i;
      }
    }
    reset();
  }

  /**
   * Over one data and one label array, under MXNet's names {@code data} and {@code softmax_label}.
   */
  public static NDArrayIter of(NDArray data, NDArray label, int batchSize) {
    return builder(batchSize).data("data", data).label("softmax_label", label).build();
  }

  /** Over data alone, for predictions. */
  public static NDArrayIter of(NDArray data, int batchSize) {
    return builder(batchSize).data("data", data).build();
  }

  /** For everything else. */
  public static Builder builder(int batchSize) {
    return new Builder(batchSize);
  }

  private int countExamples() {
    long count = -1;
    for (Map<String, NDArray> arrays : List.of(data, label)) {
      for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
        if (entry.getValue().shape().rank() == 0) {
          throw new IllegalArgumentException(
              "NDArrayIter: '" + entry.getKey() + "' is a scalar, expected rows");
        }
        long rows = entry.getValue().shape().dim(0);
        if (count >= 0 && rows != count) {
          throw new IllegalArgumentException(
              "NDArrayIter: '" + entry.getKey() + "' has " + rows + " rows, expected " + count);
        }
        count = rows;
      }
    }
    if (count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "NDArrayIter: " + count + " rows are too many, expected at most " + Integer.MAX_VALUE);
    }
    return (int) count;
  }

  @Override
  public List<DataDesc> provideData() {
    return describe(data);
  }

  @Override
  public List<DataDesc> provideLabel() {
    return describe(label);
  }

  private List<DataDesc> describe(Map<String, NDArray> arrays) {
    List<DataDesc> described = new ArrayList<>();
    arrays.forEach(
        (name, array) ->
            described.add(new DataDesc(name, array.shape().with(0, batchSize), array.dtype())));
    return described;
  }

  /** What a batch holds, and how many there are. */
  @Override
  public String toString() {
    return "NDArrayIter[data="
        + provideData()
        + ", label="
        + provideLabel()
        + ", batches="
        + batches()
        + "]";
  }

  @Override
  public long batches() {
    int left = examples + carried;
    return lastBatch == LastBatch.PAD ? (left + batchSize - 1) / batchSize : left / batchSize;
  }

  @Override
  public boolean hasNext() {
    return lastBatch == LastBatch.PAD ? at < examples : at <= examples - batchSize;
  }

  @Override
  public DataBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the iterator is at its end: reset it");
    }
    int begin = at;
    at += batchSize;
    int pad = Math.max(0, at - examples);
    return new DataBatch(rows(data, begin), rows(label, begin), pad);
  }

  /**
   * Rows {@code begin} and following of each array; past the end, and before the beginning, around.
   */
  private List<NDArray> rows(Map<String, NDArray> arrays, int begin) {
    List<NDArray> batch = new ArrayList<>();
    for (NDArray array : arrays.values()) {
      if (order == null && begin >= 0 && begin + batchSize <= examples) {
        batch.add(array.slice(begin, begin + batchSize));
      } else {
        int[] index = new int[batchSize];
        for (int i = 0; i < batchSize; i++) {
          int position = Math.floorMod(begin + i, examples);
          index[i] = order == null ? position : order[position];
        }
        try (NDArray rows = NDArray.of(index);
            NDArray there = rows.to(array.device())) {
          batch.addAll(NDArray.invoke("take", Map.of(), array, there));
        }
      }
    }
    return batch;
  }

  @Override
  public void reset() {
    carried = lastBatch == LastBatch.ROLL_OVER && at > 0 && at < examples ? examples - at : 0;
    if (order != null && carried == 0) {
      for (int i = examples - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[other];
        order[other] = swapped;
      }
    }
    at = -carried;
  }

  /** Collects what an iterator is made of. */
  public static final class Builder {
    private final int batchSize;
    private final Map<String, NDArray> data = new LinkedHashMap<>();
    private final Map<String, NDArray> label = new LinkedHashMap<>();
    private boolean shuffle;
    private long seed;
    private LastBatch lastBatch = LastBatch.PAD;

    private Builder(int batchSize) {
      if (batchSize < 1) {
        throw new IllegalArgumentException(
            "NDArrayIter: the batch size is " + batchSize + ", expected at least 1");
      }
      this.batchSize = batchSize;
    }

    /** Adds an array of data; its rows are the examples. */
    public Builder data(String name, NDArray array) {
      put(data, name, array);
      return this;
    }

    /** Adds an array of labels. */
    public Builder label(String name, NDArray array) {
      put(label, name, array);
      return this;
    }

    private static void put(Map<String, NDArray> to, String name, NDArray array) {
      Objects.requireNonNull(name, "the array's name is null");
      to.put(name, Objects.requireNonNull(array, "the array '" + name + "' is null"));
    }

    /** Another order for each epoch, the same ones for the same seed. */
    public Builder shuffle(long seed) {
      this.shuffle = true;
      this.seed = seed;
      return this;
    }

    /** What to do with the examples that do not fill a batch; {@link LastBatch#PAD} by default. */
    public Builder lastBatch(LastBatch what) {
      lastBatch = Objects.requireNonNull(what, "what");
      return this;
    }

    /** Makes it. */
    public NDArrayIter build() {
      return new NDArrayIter(this);
    }
  }
}
