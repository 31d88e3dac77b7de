package org.tenon;

import java.util.Arrays;

/** MXNet's reshape: extents below 1 are codes that take from the old shape, from left to right. */
final class ReshapeCodes {
  private static final int KEEP = 0;
  private static final int INFER = -1;
  private static final int KEEP_REST = -2;
  private static final int MERGE = -3;
  private static final int SPLIT = -4;

  private final long[] codes;
  private final Shape from;
  private final long[] to = new long[Shape.MAX_RANK + 1];
  private int rank;
  private int taken;
  private int inferred = -1;

  private ReshapeCodes(long[] codes, Shape from) {
    this.codes = codes;
    this.from = from;
  }

  /**
   * The shape that codes make of another.
   *
   * @throws IllegalArgumentException if they make none
   */
  static Shape resolve(long[] codes, Shape from) {
    return new ReshapeCodes(codes, from).resolve();
  }

  private Shape resolve() {
    for (int i = 0; i < codes.length; i++) {
      if (codes[i] == SPLIT) {
        if (i + 2 >= codes.length) {
          throw refused("-4 needs two extents behind it");
        }
        split(codes[i + 1], codes[i + 2]);
        i += 2;
      } else {
        take(codes[i]);
      }
    }
    if (inferred >= 0) {
      infer();
    }
    return Shape.of(Arrays.copyOf(to, rank));
  }

  private void take(long code) {
    if (code > 0) {
      taken++;
      put(code);
    } else if (code == KEEP) {
      put(next());
    } else if (code == INFER) {
      if (inferred >= 0) {
        throw refused("only one extent may be -1");
      }
      inferred = rank;
      taken++;
      put(1);
    } else if (code == KEEP_REST) {
      while (taken < from.rank()) {
        put(next());
      }
    } else if (code == MERGE) {
      put(product(next(), next()));
    } else {
      throw refused(code + " is no extent");
    }
  }

  private void split(long first, long second) {
    long whole = next();
    if (first == INFER && second == INFER || first < INFER || second < INFER) {
      throw refused("-4 splits into two extents of which one may be -1");
    }
    long one = first == INFER ? (second == 0 ? 0 : whole / second) : first;
    long two = second == INFER ? (first == 0 ? 0 : whole / first) : second;
    if (product(one, two) != whole) {
      throw refused("-4 cannot split " + whole + " into " + first + " and " + second);
    }
    put(one);
    put(two);
  }

  private void infer() {
    long known = 1;
    for (int i = 0; i < rank; i++) {
      known = product(known, to[i]);
    }
    if (known == 0 || from.size() % known != 0) {
      throw refused(from.size() + " elements are no multiple of " + known);
    }
    to[inferred] = from.size() / known;
  }

  private long product(long a, long b) {
    try {
      return Math.multiplyExact(a, b);
    } catch (ArithmeticException e) {
      throw refused("it has too many elements");
    }
  }

  private long next() {
    if (taken >= from.rank()) {
      throw refused("the old shape has no axis " + taken + " to take");
    }
    return from.dim(taken++);
  }

  private void put(long extent) {
    if (rank > Shape.MAX_RANK) {
      throw refused("a shape has at most " + Shape.MAX_RANK + " axes");
    }
    to[rank++] = extent;
  }

  private IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(
        "the shape " + from + " cannot become " + Arrays.toString(codes) + ": " + why);
  }
}
