package org.tenon.bench;

import org.tenon.NDArray;

/**
 * From the JVM's launch to the first value that Tenon computed; prints milliseconds. The property
 * {@code launched} is the clock just before the launch.
 */
public final class ColdStartTenon {
  private ColdStartTenon() {}

  public static void main(String[] args) {
    float first = NDArray.ones(4).add(1).toFloatArray()[0];
    long now = System.currentTimeMillis();
    if (first != 2) {
      throw new IllegalStateException("1 + 1 = " + first);
    }
    System.out.println(now - Long.getLong("launched"));
  }
}
