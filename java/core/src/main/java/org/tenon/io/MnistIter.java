package org.tenon.io;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.tenon.DType;
import org.tenon.NDArray;
import org.tenon.Shape;
import org.tenon.internal.Bridge;
import org.tenon.internal.IterNatives;
import org.tenon.internal.Loader;
import org.tenon.internal.NativeObject;

/**
 * Batches of the MNIST data set, from its original files, plain or gzip-compressed: MXNet's
 * MNISTIter.
 *
 * <p>Data is float32 (batch, 1, 28, 28), pixels in [0, 1) (256ths); labels are float32 (batch). A
 * last batch that is not full is left out. Batches are made ahead on a native thread. Owns one
 * reference to native memory, freed by {@link #close} or by the garbage collector.
 */
public final class MnistIter implements DataIter {
  private final Native nativeIter;
  private final List<DataDesc> data;
  private final List<DataDesc> label;
  private final long batches;
  private DataBatch ahead;

  private MnistIter(Native nativeIter) {
    this.nativeIter = nativeIter;
    batches = nativeIter.batches();
    data = nativeIter.describe(false);
    label = nativeIter.describe(true);
  }

  /** Over these files. */
  public static Builder builder(Path images, Path labels, int batchSize) {
    return new Builder(images, labels, batchSize);
  }

  @Override
  public List<DataDesc> provideData() {
    return data;
  }

  @Override
  public List<DataDesc> provideLabel() {
    return label;
  }

  @Override
  public long batches() {
    return batches;
  }

  @Override
  public boolean hasNext() {
    if (ahead == null) {
      ahead = nativeIter.next(data.size(), label.size());
    }
    return ahead != null;
  }

  @Override
  public DataBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the iterator is at its end: reset it");
    }
    DataBatch batch = ahead;
    ahead = null;
    return batch;
  }

  @Override
  public void reset() {
    dropAhead();
    nativeIter.reset();
  }

  @Override
  public void close() {
    dropAhead();
    nativeIter.close();
  }

  private void dropAhead() {
    if (ahead != null) {
      ahead.close();
      ahead = null;
    }
  }

  /** The handle. */
  private static final class Native extends NativeObject {
    Native(Map<String, String> options) {
      super(
          IterNatives.create(
              "MNISTIter",
              options.keySet().toArray(new String[0]),
              options.values().toArray(new String[0])));
      watch();
    }

    long batches() {
      long count = IterNatives.batches(handle);
      Reference.reachabilityFence(this);
      return count;
    }

    List<DataDesc> describe(boolean labels) {
      String[] names = IterNatives.names(handle, labels);
      long[][] shapes = IterNatives.shapes(handle, labels);
      Reference.reachabilityFence(this);
      List<DataDesc> described = new ArrayList<>();
      for (int i = 0; i < names.length; i++) {
        described.add(new DataDesc(names[i], Shape.of(shapes[i]), DType.FLOAT32));
      }
      return described;
    }

    DataBatch next(int dataCount, int labelCount) {
      long[] handles = IterNatives.next(handle);
      Reference.reachabilityFence(this);
      if (handles == null) {
        return null;
      }
      List<NDArray> arrays =
          Arrays.stream(handles, 0, dataCount + labelCount).mapToObj(Bridge::wrapArray).toList();
      return new DataBatch(
          arrays.subList(0, dataCount),
          arrays.subList(dataCount, dataCount + labelCount),
          (int) handles[dataCount + labelCount]);
    }

    void reset() {
      IterNatives.reset(handle);
      Reference.reachabilityFence(this);
    }
  }

  /** Collects options. */
  public static final class Builder {
    private final Map<String, String> options = new LinkedHashMap<>();

    private Builder(Path images, Path labels, int batchSize) {
      options.put("image", Objects.requireNonNull(images, "images").toString());
      options.put("label", Objects.requireNonNull(labels, "labels").toString());
      options.put("batch_size", Integer.toString(batchSize));
    }

    /** Whether each epoch has its own order; true by default. */
    public Builder shuffle(boolean shuffle) {
      options.put("shuffle", shuffle ? "1" : "0");
      return this;
    }

    /** Makes data (batch, 784) instead of (batch, 1, 28, 28). */
    public Builder flat(boolean flat) {
      options.put("flat", flat ? "1" : "0");
      return this;
    }

    /** Fixes the orders; 0 by default. */
    public Builder seed(long seed) {
      options.put("seed", Long.toString(seed));
      return this;
    }

    /**
     * Divides the data set between workers, of which this is number {@code index} of {@code parts}.
     */
    public Builder part(int index, int parts) {
      options.put("part_index", Integer.toString(index));
      options.put("num_parts", Integer.toString(parts));
      return this;
    }

    /** How many batches are made ahead; 4 by default, 0 for none. */
    public Builder prefetch(int ahead) {
      options.put("prefetch_buffer", Integer.toString(ahead));
      return this;
    }

    /**
     * Opens and reads the files.
     *
     * @throws java.io.UncheckedIOException for files that are missing, cut or no MNIST files
     */
    public MnistIter build() {
      Loader.load();
      return new MnistIter(new Native(options));
    }
  }
}
