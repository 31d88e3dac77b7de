package org.tenon.internal;

/** Native methods that show a symbol's graph. */
public final class GraphNatives {
  private GraphNatives() {}

  /**
   * The nodes, inputs before users.
   *
   * @param symbol which
   * @return per node: its name, its operator ({@code null} for variables), its inputs as {@code
   *     node:output} separated by blanks, and {@code aux} if it is an auxiliary state, else empty
   */
  public static native String[][] nodes(long symbol);
}
