package org.tenon.internal;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.security.ProtectionDomain;

/** Where the program is that uses the library, for debug mode. */
final class CallSite {
  private CallSite() {}

  /** What only debug mode needs: the native side looks the outer class up at every start. */
  private static final class Walk {
    static final StackWalker STACK = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);
    static final ProtectionDomain OURS = CallSite.class.getProtectionDomain();
  }

  /**
   * The innermost frame that is neither the library's nor the platform's. Called by the native
   * side.
   *
   * @return such as {@code Train.main(Train.java:12)}; null if there is no such frame
   */
  static String current() {
    StackFrame frame =
        Walk.STACK.walk(
            frames ->
                frames.filter(f -> isForeign(f.getDeclaringClass())).findFirst().orElse(null));
    if (frame == null) {
      return null;
    }
    String file = frame.getFileName();
    return frame.getClassName()
        + "."
        + frame.getMethodName()
        + "("
        + (file == null ? "unknown source" : file)
        + (frame.getLineNumber() < 0 ? "" : ":" + frame.getLineNumber())
        + ")";
  }

  /** A program that carries the library's classes in its own jar has other packages. */
  private static boolean isForeign(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    boolean ours =
        type.getName().startsWith("org.tenon.") && type.getProtectionDomain().equals(Walk.OURS);
    return !ours && loader != null && loader != ClassLoader.getPlatformClassLoader();
  }
}
