package org.tenon.gpu.bench;

import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.Shape;

/** What puts elements elsewhere: transpositions, slices, joins, sorts. All in float32. */
final class Moves {
  /** Of the matrices, the images' extents, and the joined arrays' rows. */
  private static final long SIDE = 64;

  private static final int JOINED = 40;

  private Moves() {}

  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  static void measure(Readings readings, Sizes sizes, Device device) {
    try (NDScope scope = NDScope.open()) {
      long elements = sizes.bytes() / DType.FLOAT32.bytes();
      long side = (long) Math.sqrt(elements);
      NDArray matrix = Samples.normal(Shape.of(side, side), DType.FLOAT32, device);
      Bandwidth.take(readings, "transpose of a matrix float32", () -> Ops.transpose(matrix));
      Bandwidth.take(
          readings,
          "half of each row float32",
          () ->
              Ops.sliceAxis(
                  matrix, p -> p.axis(1).begin((int) side / 4).end((int) (side / 4 * 3))));
      Bandwidth.take(readings, "sort of all float32", () -> Ops.sort(matrix.reshape(-1)));
      Bandwidth.take(
          readings,
          "the largest 10 of all float32",
          () -> Ops.topk(matrix.reshape(-1), p -> p.k(10)));
    }
    try (NDScope scope = NDScope.open()) {
      long images = Math.max(1, sizes.bytes() / DType.FLOAT32.bytes() / (SIDE * SIDE * SIDE));
      NDArray array = Samples.normal(Shape.of(images, SIDE, SIDE, SIDE), DType.FLOAT32, device);
      Bandwidth.take(
          readings,
          "channels to the end float32",
          () -> Ops.transpose(array, p -> p.axes(0, 2, 3, 1)));
    }
    try (NDScope scope = NDScope.open()) {
      NDArray[] parts = new NDArray[JOINED];
      long length = Math.max(1, sizes.bytes() / DType.FLOAT32.bytes() / JOINED / SIDE);
      for (int i = 0; i < JOINED; i++) {
        parts[i] = Samples.normal(Shape.of(SIDE, length), DType.FLOAT32, device);
      }
      Bandwidth.take(readings, "join of 40 arrays float32", () -> Ops.concat(p -> p.dim(1), parts));
    }
  }
}
