// What the CPU's optimizer updates share: loops over elements in the arithmetic of a dtype.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/half.h"
#include "base/parallel.h"
#include "ops/nn/real.h"
#include "ops/optimizer/steps.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {

/// The type that an update of arrays of T computes in.
template <class T>
struct Arithmetic {
  using Type = T;
};
template <>
struct Arithmetic<Float16> {
  using Type = float;
};
template <>
struct Arithmetic<BFloat16> {
  using Type = float;
};

/// Calls f.operator()<T>() for any floating dtype.
template <class F>
void dispatchFloating(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kFloat16:
      return f.template operator()<Float16>();
    case DType::kBFloat16:
      return f.template operator()<BFloat16>();
    default:
      return dispatchReal(dtype, std::forward<F>(f));
  }
}

/// Calls f(i) for every element, in parallel.
template <class F>
void forEachElement(int64_t count, F&& f) {
  parallelFor(count, kElementFloor, [&](int64_t begin, int64_t end) {
#pragma GCC ivdep
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

/// Adds or writes: kernels of updates handle both.
template <class T, class V>
void store(T& to, V value, bool add) {
  to = T(add ? static_cast<V>(to) + value : value);
}

}  // namespace tenon
