package org.tenon.gpu.bench;

import org.tenon.Device;
import org.tenon.NDArray;

/** What a small operator costs from Java: adds of four elements, one after the other. */
final class Issue {
  private Issue() {}

  static void measure(Readings readings, Device device) {
    try (NDArray host = NDArray.of(new float[] {1, 2, 3, 4});
        NDArray a = host.to(device)) {
      readings.take("add of 4 elements", () -> a.add(a).close());
    }
  }
}
