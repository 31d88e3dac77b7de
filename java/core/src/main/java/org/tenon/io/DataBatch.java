package org.tenon.io;

import java.util.List;
import org.tenon.NDArray;
import org.tenon.internal.Given;

/**
 * A batch of examples.
 *
 * <p>Whoever takes a batch from an iterator owns its arrays and may {@link #close} it; an iterator
 * over arrays in memory gives views of them, whose closing leaves the arrays alone.
 *
 * @param data one array per input
 * @param label one array per label
 * @param pad how many examples at the end only fill the batch up; predictions leave them out
 */
public record DataBatch(List<NDArray> data, List<NDArray> label, int pad) implements AutoCloseable {
  /** Copies the lists. */
  public DataBatch {
    data = Given.list("data", data);
    label = Given.list("label", label);
  }

  /** Of one input and one label array. */
  public static DataBatch of(NDArray data, NDArray label) {
    return new DataBatch(Given.list("data", data), Given.list("label", label), 0);
  }

  /** Of one input array, for predictions. */
  public static DataBatch of(NDArray data) {
    return new DataBatch(Given.list("data", data), List.of(), 0);
  }

  /** The arrays' shapes; their elements are not waited for. */
  @Override
  public String toString() {
    return "DataBatch[data="
        + data.stream().map(NDArray::shape).toList()
        + ", label="
        + label.stream().map(NDArray::shape).toList()
        + ", pad="
        + pad
        + "]";
  }

  /** Closes the arrays. */
  @Override
  public void close() {
    data.forEach(NDArray::close);
    label.forEach(NDArray::close);
  }
}
