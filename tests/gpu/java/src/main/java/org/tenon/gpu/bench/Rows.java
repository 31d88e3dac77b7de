package org.tenon.gpu.bench;

import java.util.List;
import java.util.Locale;
import org.tenon.DType;
import org.tenon.Device;
import org.tenon.NDArray;
import org.tenon.NDScope;
import org.tenon.Ops;
import org.tenon.Shape;
import org.tenon.autograd.Autograd;

/** LayerNorm of rows of several lengths, alone and with its gradients. */
final class Rows {
  private static final List<Long> LENGTHS = List.of(768L, 1024L, 4096L);

  private Rows() {}

  @SuppressWarnings("try") // the scope closes arrays; nobody needs its name
  static void measure(Readings readings, Sizes sizes, Device device) {
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16)) {
      for (long length : LENGTHS) {
        try (NDScope scope = NDScope.open()) {
          long rows = Math.max(1, sizes.bytes() / type.bytes() / length);
          NDArray x = Samples.normal(Shape.of(rows, length), type, device);
          NDArray gamma = NDArray.full(1, Shape.of(length), type, device);
          NDArray beta = NDArray.full(0, Shape.of(length), type, device);
          String name = " of rows of " + length + " " + type.toString().toLowerCase(Locale.ROOT);
          Bandwidth.take(
              readings,
              "layer norm" + name,
              () -> Ops.layerNorm(x, p -> p.gamma(gamma).beta(beta)));
          x.attachGrad();
          gamma.attachGrad();
          beta.attachGrad();
          readings.take(
              "layer norm with gradients" + name,
              () -> {
                try (NDArray y = recorded(x, gamma, beta)) {
                  y.backward();
                }
              });
        }
      }
    }
  }

  @SuppressWarnings("try") // the mode ends recording; nobody needs its name
  private static NDArray recorded(NDArray x, NDArray gamma, NDArray beta) {
    try (Autograd.Mode mode = Autograd.record()) {
      return Ops.layerNorm(x, p -> p.gamma(gamma).beta(beta));
    }
  }
}
