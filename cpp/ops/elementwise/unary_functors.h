// The functions of one operand; see functors.h for T and the parameters.
//
// sqrt, log and the like of integers are computed in double and truncated.
#pragma once

#include "ops/elementwise/functors.h"

namespace tenon::TENON_TARGET {

/// The inverse of erf: Winitzki's approximation (relative error 2e-3), then Newton's method with
/// erf and erfc, which doubles the correct digits each time.
TENON_POINTWISE double erfInvOf(double x) {
  if (!(x > -1.0 && x < 1.0))
    return x == 1.0 ? HUGE_VAL : x == -1.0 ? -HUGE_VAL : (x - x) / (x - x);
  if (x == 0.0) return x;
  const double a = x < 0 ? -x : x;
  const double l = log1p(-a * a);
  const double c = 2.0 / (3.14159265358979323846 * 0.147) + 0.5 * l;
  double y = sqrt(sqrt(c * c - l / 0.147) - c);
  for (int i = 0; i < 4; ++i) {
    // Beyond 1/2 the complement keeps the digits that 1 - erf would lose.
    const double off = a < 0.5 ? erf(y) - a : (1.0 - a) - erfc(y);
    y -= off * 0.88622692545275801365 * exp(y * y);
  }
  return x < 0 ? -y : y;
}

/// The logarithmic derivative of gamma: recurrence up to 10, then the asymptotic series; reflection
/// below 0.
TENON_POINTWISE double digammaOf(double x) {
  double result = 0;
  if (x <= 0) {
    if (x == floor(x)) return (x - x) / (x - x);  // a pole
    result = -3.14159265358979323846 / tan(3.14159265358979323846 * x);
    x = 1.0 - x;
  }
  for (; x < 10.0; x += 1.0) result -= 1.0 / x;
  const double z = 1.0 / (x * x);
  const double tail =
      z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132)))));
  return result + log(x) - 0.5 / x - tail;
}

template <UnaryFn F>
struct Unary;

template <>
struct Unary<UnaryFn::kIdentity> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return x;
  }
};
template <>
struct Unary<UnaryFn::kAbs> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return x < 0 ? negated(x) : x;
    } else if constexpr (sizeof(T) == 4) {
      return fabsf(x);
    } else {
      return fabs(x);
    }
  }
};
/// 0 for NaN, as in MXNet.
template <>
struct Unary<UnaryFn::kSign> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return static_cast<T>((x > T(0)) - (x < T(0)));
  }
};
/// Halves to even.
template <>
struct Unary<UnaryFn::kRint> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return x;
    } else if constexpr (sizeof(T) == 4) {
      return rintf(x);
    } else {
      return rint(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kRound> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return x;
    } else {
      // Half away from zero; the largest number below one half keeps 0.49999997 from becoming 1.
      if constexpr (sizeof(T) == 4) {
        return truncf(x + copysignf(0.49999997f, x));
      } else {
        return trunc(x + copysign(0.49999999999999994, x));
      }
    }
  }
};
template <>
struct Unary<UnaryFn::kCeil> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return x;
    } else if constexpr (sizeof(T) == 4) {
      return ceilf(x);
    } else {
      return ceil(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kFloor> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return x;
    } else if constexpr (sizeof(T) == 4) {
      return floorf(x);
    } else {
      return floor(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kTrunc> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return x;
    } else if constexpr (sizeof(T) == 4) {
      return truncf(x);
    } else {
      return trunc(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kSquare> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return static_cast<T>(static_cast<Wrap<T>>(x) * static_cast<Wrap<T>>(x));
  }
};
template <>
struct Unary<UnaryFn::kSqrt> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return sqrtf(x);
    } else {
      return sqrt(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kRsqrt> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return 1.0f / sqrtf(x);
    } else {
      return 1.0 / sqrt(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kCbrt> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return cbrtf(x);
    } else {
      return cbrt(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kRcbrt> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return 1.0f / cbrtf(x);
    } else {
      return 1.0 / cbrt(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kExp> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return expOf(x);
  }
};
template <>
struct Unary<UnaryFn::kLog> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return logOf(x);
  }
};
template <>
struct Unary<UnaryFn::kLog10> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return log10f(x);
    } else {
      return log10(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kLog2> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return log2f(x);
    } else {
      return log2(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kLog1p> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return log1pOf(x);
  }
};
template <>
struct Unary<UnaryFn::kExpm1> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return expm1Of(x);
  }
};
template <>
struct Unary<UnaryFn::kSin> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return sinf(x);
    } else {
      return sin(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kCos> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return cosf(x);
    } else {
      return cos(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kTan> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return tanf(x);
    } else {
      return tan(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kArcsin> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return asinf(x);
    } else {
      return asin(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kArccos> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return acosf(x);
    } else {
      return acos(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kArctan> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return atanf(x);
    } else {
      return atan(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kSinh> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return sinhf(x);
    } else {
      return sinh(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kCosh> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return coshf(x);
    } else {
      return cosh(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kTanh> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return tanhOf(x);
  }
};
template <>
struct Unary<UnaryFn::kArcsinh> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return asinhf(x);
    } else {
      return asinh(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kArccosh> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return acoshf(x);
    } else {
      return acosh(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kArctanh> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return atanhf(x);
    } else {
      return atanh(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kDegrees> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return x * T(57.295779513082320877);
  }
};
template <>
struct Unary<UnaryFn::kRadians> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return x * T(0.017453292519943295769);
  }
};
template <>
struct Unary<UnaryFn::kSigmoid> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return sigmoidOf(x);
  }
};
template <>
struct Unary<UnaryFn::kHardSigmoid> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T alpha, T beta) {
    const T y = alpha * x + beta;
    const T above = y < T(0) ? T(0) : y;
    return above > T(1) ? T(1) : above;
  }
};
template <>
struct Unary<UnaryFn::kSoftSign> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return x / (T(1) + (x < T(0) ? -x : x));
  }
};
template <>
struct Unary<UnaryFn::kSoftRelu> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return softReluOf(x);
  }
};
/// NaN stays.
template <>
struct Unary<UnaryFn::kRelu> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return x < T(0) ? T(0) : x;
  }
};
template <>
struct Unary<UnaryFn::kErf> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return erff(x);
    } else {
      return erf(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kErfInv> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return static_cast<T>(erfInvOf(static_cast<double>(x)));
  }
};
template <>
struct Unary<UnaryFn::kGamma> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (sizeof(T) == 4) {
      return tgammaf(x);
    } else {
      return tgamma(x);
    }
  }
};
template <>
struct Unary<UnaryFn::kGammaLn> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return lgammaOf(x);
  }
};
template <>
struct Unary<UnaryFn::kDigamma> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return static_cast<T>(digammaOf(static_cast<double>(x)));
  }
};
template <>
struct Unary<UnaryFn::kReciprocal> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return T(1) / x;
  }
};
template <>
struct Unary<UnaryFn::kNegative> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    if constexpr (kIsInteger<T>) {
      return negated(x);
    } else {
      return -x;
    }
  }
};
template <>
struct Unary<UnaryFn::kLogicalNot> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T, T) {
    return x == T(0) ? T(1) : T(0);
  }
};
/// NaN stays.
template <>
struct Unary<UnaryFn::kClip> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T x, T low, T high) {
    const T above = x < low ? low : x;
    return above > high ? high : above;
  }
};
template <>
struct Unary<UnaryFn::kSmoothL1> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T x, T sigma, T) {
    const T squared = sigma * sigma;
    const T bound = T(1) / squared;
    const T a = x < T(0) ? -x : x;
    return a > bound ? a - T(0.5) * bound : T(0.5) * x * x * squared;
  }
};

}  // namespace tenon::TENON_TARGET
