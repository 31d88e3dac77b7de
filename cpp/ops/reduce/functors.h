// What reductions do with elements and accumulators: compiled alike for every instruction set and
// for the GPU. Integers wrap.
#pragma once

#include <cstdint>

#include "ops/loops/loop.h"
#include "ops/loops/target.h"

namespace tenon::TENON_TARGET {

template <class A>
inline constexpr bool kInteger = static_cast<A>(0.5) == static_cast<A>(0);

template <class A>
TENON_POINTWISE A plus(A a, A b) {
  if constexpr (kInteger<A>) {
    return static_cast<A>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  } else {
    return a + b;
  }
}

template <class A>
TENON_POINTWISE A times(A a, A b) {
  if constexpr (kInteger<A>) {
    return static_cast<A>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  } else {
    return a * b;
  }
}

/// The accumulator to begin with.
template <ReduceFn F, class A>
TENON_POINTWISE A initial() {
  if constexpr (F == ReduceFn::kProd || F == ReduceFn::kNanProd) {
    return A(1);
  } else if constexpr (F == ReduceFn::kMax || F == ReduceFn::kMin) {
    constexpr bool kLowest = F == ReduceFn::kMax;
    if constexpr (kInteger<A>) {
      return kLowest ? INT64_MIN : INT64_MAX;
    } else {
      return static_cast<A>(kLowest ? -__builtin_inf() : __builtin_inf());
    }
  } else {
    return A(0);
  }
}

/// What an element contributes.
template <ReduceFn F, class A>
TENON_POINTWISE A mapped(A x) {
  if constexpr (F == ReduceFn::kNanSum) return x == x ? x : A(0);
  if constexpr (F == ReduceFn::kNanProd) return x == x ? x : A(1);
  if constexpr (F == ReduceFn::kAbsSum) return x < A(0) ? times(x, A(-1)) : x;
  if constexpr (F == ReduceFn::kSquareSum) return times(x, x);
  return x;
}

/// NaN stays in maxima and minima.
template <ReduceFn F, class A>
TENON_POINTWISE A merged(A acc, A x) {
  if constexpr (F == ReduceFn::kProd || F == ReduceFn::kNanProd) return times(acc, x);
  if constexpr (F == ReduceFn::kMax) return x > acc || x != x ? x : acc;
  if constexpr (F == ReduceFn::kMin) return x < acc || x != x ? x : acc;
  return plus(acc, x);
}

}  // namespace tenon::TENON_TARGET
