package org.tenon.io;

import java.util.Objects;
import org.tenon.DType;
import org.tenon.Shape;

/**
 * What an iterator gives, or a module takes, under a name.
 *
 * @param name of the symbol's variable
 * @param shape of a whole batch; axis 0 is the batch
 * @param dtype of the elements
 */
public record DataDesc(String name, Shape shape, DType dtype) {
  /** Checks that nothing is null. */
  public DataDesc {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(shape, "shape");
    Objects.requireNonNull(dtype, "dtype");
  }

  /** Of float32. */
  public static DataDesc of(String name, Shape shape) {
    return new DataDesc(name, shape, DType.FLOAT32);
  }

  /** Of float32 and these extents. */
  public static DataDesc of(String name, long... dims) {
    return of(name, Shape.of(dims));
  }

  /** Examples in a batch. */
  public long batchSize() {
    return shape.rank() == 0 ? 1 : shape.dim(0);
  }
}
