package org.tenon;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Prints arrays as NumPy does with its default options: at most eight digits behind the point, no
 * more than tell a number from its neighbours, columns aligned, scientific where numbers are far
 * apart, lines of 75 characters, and three items at each end of an axis where there are more than
 * 1000 in all.
 */
final class NDArrayPrinter {
  private static final int PRECISION = 8;
  private static final int THRESHOLD = 1000;
  private static final int EDGE = 3;
  private static final int LINE_WIDTH = 75;

  private final Shape shape;
  private final boolean summarised;
  private final String[] texts;
  private int next;

  private NDArrayPrinter(Shape shape, boolean summarised, String[] texts) {
    this.shape = shape;
    this.summarised = summarised;
    this.texts = texts;
  }

  static String print(NDArray array) {
    Shape shape = array.shape();
    DType dtype = array.dtype();
    StringBuilder out = new StringBuilder();
    if (shape.size() == 0) {
      out.append("[]");
    } else {
      boolean summarised = shape.size() > THRESHOLD;
      int[] picked = summarised ? edges(shape) : null;
      String[] texts = texts(array, dtype, picked);
      if (shape.rank() == 0) {
        String only = texts[0].trim();
        out.append(only).append(only.endsWith(".") ? "0" : "");
      } else {
        new NDArrayPrinter(shape, summarised, texts).level(out, 0, "");
      }
    }
    out.append("\n<NDArray ").append(shape).append(' ').append(dtype).append(" @");
    return out.append(array.device()).append('>').toString();
  }

  /** Flat indices of the elements that a summary shows, in order. */
  private static int[] edges(Shape shape) {
    int[] picked = {0};
    for (int axis = 0; axis < shape.rank(); axis++) {
      long dim = shape.dim(axis);
      int shown = dim > 2 * EDGE ? 2 * EDGE : (int) dim;
      int[] wider = new int[picked.length * shown];
      for (int i = 0; i < picked.length; i++) {
        for (int j = 0; j < shown; j++) {
          long index = j < EDGE || dim <= 2 * EDGE ? j : dim - 2 * EDGE + j;
          wider[i * shown + j] = (int) (picked[i] * dim + index);
        }
      }
      picked = wider;
    }
    return picked;
  }

  private static String[] texts(NDArray array, DType dtype, int[] picked) {
    if (dtype == DType.BOOL) {
      boolean[] all = array.toBooleanArray();
      String[] texts = new String[picked == null ? all.length : picked.length];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = all[picked == null ? i : picked[i]] ? "True" : "False";
      }
      return padded(texts);
    }
    if (!dtype.isFloating()) {
      long[] all = array.toLongArray();
      String[] texts = new String[picked == null ? all.length : picked.length];
      for (int i = 0; i < texts.length; i++) {
        texts[i] = Long.toString(all[picked == null ? i : picked[i]]);
      }
      return padded(texts);
    }
    double[] all = array.toDoubleArray();
    double[] values = all;
    if (picked != null) {
      values = new double[picked.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = all[picked[i]];
      }
    }
    return floats(values, dtype);
  }

  private static String[] padded(String[] texts) {
    int width = 0;
    for (String text : texts) {
      width = Math.max(width, text.length());
    }
    for (int i = 0; i < texts.length; i++) {
      texts[i] = " ".repeat(width - texts[i].length()) + texts[i];
    }
    return texts;
  }

  private static String[] floats(double[] values, DType dtype) {
    double greatest = 0;
    double least = Double.POSITIVE_INFINITY;
    for (double value : values) {
      double size = Math.abs(value);
      if (size > 0 && size < Double.POSITIVE_INFINITY) {
        greatest = Math.max(greatest, size);
        least = Math.min(least, size);
      }
    }
    boolean scientific =
        greatest > 0 && (greatest >= 1e8 || least < 1e-4 || greatest / least > 1000);
    String[] texts = new String[values.length];
    int fraction = 0;
    for (double value : values) {
      if (Double.isFinite(value)) {
        fraction = Math.max(fraction, fractionDigits(value, dtype, scientific));
      }
    }
    for (int i = 0; i < texts.length; i++) {
      texts[i] = text(values[i], dtype, scientific, fraction);
    }
    return padded(texts);
  }

  private static int fractionDigits(double value, DType dtype, boolean scientific) {
    BigDecimal digits = shortest(value, dtype);
    if (scientific) {
      MathContext cut = new MathContext(PRECISION + 1, RoundingMode.HALF_EVEN);
      return Math.max(0, digits.round(cut).stripTrailingZeros().precision() - 1);
    }
    return Math.min(PRECISION, Math.max(0, rounded(value, digits).scale()));
  }

  /** Cut to the precision, without trailing zeros. */
  private static BigDecimal rounded(double value, BigDecimal digits) {
    if (digits.scale() <= PRECISION) {
      return digits;
    }
    BigDecimal cut = new BigDecimal(value).setScale(PRECISION, RoundingMode.HALF_EVEN);
    return cut.signum() == 0 ? BigDecimal.ZERO : cut.stripTrailingZeros();
  }

  private static String text(double value, DType dtype, boolean scientific, int fraction) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String sign = value < 0 || 1 / value < 0 ? "-" : "";
    if (scientific) {
      return sign + scientific(Math.abs(value), dtype, fraction);
    }
    BigDecimal digits = rounded(Math.abs(value), shortest(Math.abs(value), dtype));
    String plain = digits.toPlainString();
    int point = plain.indexOf('.');
    String whole = point < 0 ? plain : plain.substring(0, point);
    String part = point < 0 ? "" : plain.substring(point + 1);
    return sign + whole + "." + part + " ".repeat(Math.max(0, fraction - part.length()));
  }

  private static String scientific(double value, DType dtype, int fraction) {
    BigDecimal digits = shortest(value, dtype);
    if (digits.precision() > fraction + 1) {
      digits = new BigDecimal(value).round(new MathContext(fraction + 1, RoundingMode.HALF_EVEN));
    }
    String unscaled = digits.unscaledValue().toString();
    int exponent = value == 0 ? 0 : digits.precision() - digits.scale() - 1;
    StringBuilder text = new StringBuilder();
    text.append(unscaled.charAt(0)).append('.').append(unscaled, 1, unscaled.length());
    text.append("0".repeat(Math.max(0, fraction + 1 - unscaled.length())));
    text.append(exponent < 0 ? "e-" : "e+").append(Math.abs(exponent) < 10 ? "0" : "");
    return text.append(Math.abs(exponent)).toString();
  }

  /**
   * The shortest decimal that no other number of the dtype is nearer to, without trailing zeros.
   */
  private static BigDecimal shortest(double value, DType dtype) {
    if (value == 0) {
      return BigDecimal.ZERO;
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; digits < 17; digits++) {
      BigDecimal candidate = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (identifies(candidate, value, dtype)) {
        return candidate.stripTrailingZeros();
      }
    }
    return exact.round(new MathContext(17, RoundingMode.HALF_EVEN)).stripTrailingZeros();
  }

  private static boolean identifies(BigDecimal candidate, double value, DType dtype) {
    switch (dtype) {
      case FLOAT64:
        return candidate.doubleValue() == value;
      case FLOAT32:
        return candidate.floatValue() == (float) value;
      default:
        // Half a step of the type's grid around the value; 11 or 8 bits of precision.
        int bits = dtype == DType.FLOAT16 ? 11 : 8;
        double step = Math.scalb(1.0, Math.max(Math.getExponent(value), -14) - bits + 1);
        return Math.abs(candidate.doubleValue() - value) < step / 2;
    }
  }

  /** One bracket. {@code indent} stands before its continuation lines. */
  private void level(StringBuilder out, int axis, String indent) {
    long dim = shape.dim(axis);
    boolean cut = summarised && dim > 2 * EDGE;
    int shown = cut ? 2 * EDGE : (int) dim;
    out.append('[');
    String inner = indent + " ";
    if (axis == shape.rank() - 1) {
      row(out, shown, cut, inner);
    } else {
      String separator = "\n".repeat(shape.rank() - axis - 1) + inner;
      for (int i = 0; i < shown; i++) {
        if (i > 0) {
          out.append(separator);
        }
        if (cut && i == EDGE) {
          out.append("...").append(separator);
        }
        level(out, axis + 1, inner);
      }
    }
    out.append(']');
  }

  private void row(StringBuilder out, int shown, boolean cut, String indent) {
    int brackets = indent.length();
    int width = LINE_WIDTH - Math.max(0, brackets);
    int used = 0;
    for (int i = 0; i < shown; i++) {
      if (cut && i == EDGE) {
        used = item(out, "...", used, width, indent);
      }
      used = item(out, texts[next++], used, width, indent);
    }
  }

  private static int item(StringBuilder out, String text, int used, int width, String indent) {
    if (used == 0) {
      out.append(text);
      return text.length();
    }
    if (used + 1 + text.length() > width) {
      while (out.charAt(out.length() - 1) == ' ') {
        out.setLength(out.length() - 1);
      }
      out.append('\n').append(indent).append(text);
      return text.length();
    }
    out.append(' ').append(text);
    return used + 1 + text.length();
  }
}
