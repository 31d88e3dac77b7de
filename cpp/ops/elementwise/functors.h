// What the pointwise functions compute, element by element: compiled alike for every instruction
// set and for the GPU.
//
// T is the type computed in: float, double, int32_t or int64_t (see loops/map.h for how other
// dtypes get there). p and q are the function's parameters. Functions without kIntegers compute
// integers in double.
//
// Integers never trap: sums, differences and products wrap, x / 0 and x mod 0 are 0, MIN / -1 is
// MIN, a negative power is the truncated quotient (0 unless the base is 1 or -1).
#pragma once

#include <type_traits>

#include "ops/loops/functions.h"
#include "ops/loops/vector_math.h"

namespace tenon::TENON_TARGET {

template <class T>
inline constexpr bool kIsInteger = std::is_integral_v<T>;

/// The unsigned integer in which T's arithmetic wraps; T itself for floating types.
template <class T, bool = kIsInteger<T>>
struct WrapType {
  using Type = T;
};
template <class T>
struct WrapType<T, true> {
  using Type = std::make_unsigned_t<T>;
};
template <class T>
using Wrap = typename WrapType<T>::Type;

template <class T>
TENON_POINTWISE T negated(T a) {
  return static_cast<T>(Wrap<T>(0) - static_cast<Wrap<T>>(a));
}

template <BinaryFn F>
struct Binary;

template <>
struct Binary<BinaryFn::kAdd> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return static_cast<T>(static_cast<Wrap<T>>(a) + static_cast<Wrap<T>>(b));
  }
};
template <>
struct Binary<BinaryFn::kSub> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return static_cast<T>(static_cast<Wrap<T>>(a) - static_cast<Wrap<T>>(b));
  }
};
template <>
struct Binary<BinaryFn::kMul> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return static_cast<T>(static_cast<Wrap<T>>(a) * static_cast<Wrap<T>>(b));
  }
};
template <>
struct Binary<BinaryFn::kDiv> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    if constexpr (kIsInteger<T>) {
      if (b == 0) return 0;
      return b == -1 ? negated(a) : static_cast<T>(a / b);
    } else {
      return a / b;
    }
  }
};
/// Python's: the result has the sign of the divisor.
template <>
struct Binary<BinaryFn::kMod> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    if (b == 0) return 0;
    T rest;
    if constexpr (kIsInteger<T>) {
      rest = b == -1 ? T(0) : static_cast<T>(a % b);
    } else if constexpr (sizeof(T) == 4) {
      rest = fmodf(a, b);
    } else {
      rest = fmod(a, b);
    }
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
};
template <>
struct Binary<BinaryFn::kPower> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    if constexpr (kIsInteger<T>) {
      if (b < 0) return a == 1 ? T(1) : a == -1 ? static_cast<T>(b % 2 == 0 ? 1 : -1) : T(0);
      Wrap<T> result = 1;
      Wrap<T> base = static_cast<Wrap<T>>(a);
      for (; b > 0; b = static_cast<T>(b >> 1)) {
        if (b & 1) result *= base;
        base *= base;
      }
      return static_cast<T>(result);
    } else if constexpr (sizeof(T) == 4) {
      return powf(a, b);
    } else {
      return pow(a, b);
    }
  }
};
/// NaN, of either operand, stays.
template <>
struct Binary<BinaryFn::kMaximum> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a > b || a != a ? a : b;
  }
};
template <>
struct Binary<BinaryFn::kMinimum> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a < b || a != a ? a : b;
  }
};
template <>
struct Binary<BinaryFn::kHypot> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    if constexpr (sizeof(T) == 4) {
      return hypotf(a, b);
    } else {
      return hypot(a, b);
    }
  }
};

// Comparisons give 0 or 1 in the operands' dtype, as MXNet's classic operators do.
template <>
struct Binary<BinaryFn::kEqual> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a == b ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kNotEqual> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a != b ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kGreater> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a > b ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kGreaterEqual> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a >= b ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kLess> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a < b ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kLessEqual> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return a <= b ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kLogicalAnd> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return (a != 0) & (b != 0) ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kLogicalOr> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return (a != 0) | (b != 0) ? T(1) : T(0);
  }
};
template <>
struct Binary<BinaryFn::kLogicalXor> {
  static constexpr bool kIntegers = true;
  template <class T>
  TENON_POINTWISE static T apply(T a, T b, T, T) {
    return (a != 0) != (b != 0) ? T(1) : T(0);
  }
};

// g is the gradient that arrives, y an output, x an input.
template <>
struct Binary<BinaryFn::kTanhGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T y, T, T) {
    return g * (T(1) - y * y);
  }
};
template <>
struct Binary<BinaryFn::kSigmoidGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T y, T, T) {
    return g * (y * (T(1) - y));
  }
};
template <>
struct Binary<BinaryFn::kReluGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T y, T, T) {
    return y > T(0) ? g : (y == y ? T(0) : y);
  }
};
template <>
struct Binary<BinaryFn::kSoftSignGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T x, T, T) {
    const T d = T(1) + (x < T(0) ? -x : x);
    return g / (d * d);
  }
};
template <>
struct Binary<BinaryFn::kSoftReluGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T y, T, T) {
    return g * -expm1Of(-y);
  }
};
template <>
struct Binary<BinaryFn::kClipGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T x, T low, T high) {
    return (x >= low) & (x <= high) ? g : T(0);
  }
};
template <>
struct Binary<BinaryFn::kSmoothL1Grad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T x, T sigma, T) {
    const T squared = sigma * sigma;
    const T bound = T(1) / squared;
    return x > bound ? g : x < -bound ? -g : g * squared * x;
  }
};
template <>
struct Binary<BinaryFn::kHardSigmoidGrad> {
  static constexpr bool kIntegers = false;
  template <class T>
  TENON_POINTWISE static T apply(T g, T y, T alpha, T) {
    return (y > T(0)) & (y < T(1)) ? g * alpha : T(0);
  }
};

}  // namespace tenon::TENON_TARGET
