package org.tenon.internal;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Tells where arrays were made which nobody closed and no scope closed ({@code
 * -Dtenon.leakDetection}).
 *
 * <p>{@code simple} watches one array in 64, {@code paranoid} every one. A finding is logged as a
 * warning to the logger {@code org.tenon.leak}.
 */
final class LeakDetector {
  static final int OFF = 0;
  static final int SIMPLE = 1;
  static final int PARANOID = 2;
  static final int LEVEL = level(System.getProperty("tenon.leakDetection", "off"));

  private static final int SAMPLE = 64;

  private LeakDetector() {}

  private static int level(String text) {
    switch (text) {
      case "off":
        return OFF;
      case "simple":
        return SIMPLE;
      case "paranoid":
        return PARANOID;
      default:
        throw new IllegalArgumentException(
            "tenon.leakDetection is '" + text + "', expected off, simple or paranoid");
    }
  }

  static NativeReference track(Object object, long handle, NativeReference.Head head) {
    if (LEVEL == SIMPLE && ThreadLocalRandom.current().nextInt(SAMPLE) != 0) {
      return new NativeReference(object, handle, head);
    }
    return new Tracked(object, handle, head);
  }

  private static final class Tracked extends NativeReference {
    private final String kind;
    private final Throwable madeHere = new Throwable();
    private final String thread = Thread.currentThread().getName();

    Tracked(Object object, long handle, Head head) {
      super(object, handle, head);
      kind = object.getClass().getSimpleName();
    }

    @Override
    void free() {
      super.free();
      StringBuilder text = new StringBuilder();
      text.append(kind).append(" was never closed; made by thread ").append(thread).append(" at");
      for (StackTraceElement frame : madeHere.getStackTrace()) {
        if (!frame.getClassName().startsWith("org.tenon.internal.")) {
          text.append(System.lineSeparator()).append("    ").append(frame);
        }
      }
      System.getLogger("org.tenon.leak").log(System.Logger.Level.WARNING, text.toString());
    }
  }
}
