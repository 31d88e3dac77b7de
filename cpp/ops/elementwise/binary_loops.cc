// The loops of the functions of two operands. Compiled once per instruction set.
#include <utility>

#include "ops/elementwise/functors.h"
#include "ops/loops/tables.h"

namespace tenon::TENON_TARGET {
namespace {

// "ivdep": an output is exactly one of the inputs, or apart from them.
template <BinaryFn F, class T>
void loop(int64_t n, const void* a, int64_t step_a, const void* b, int64_t step_b, void* out,
          const double* params) {
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  T* z = static_cast<T*>(out);
  const T p = parameter<T>(params[0]);
  const T q = parameter<T>(params[1]);
  if (step_a != 0 && step_b != 0) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) z[i] = Binary<F>::apply(x[i], y[i], p, q);
  } else if (step_a != 0) {
    const T right = *y;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) z[i] = Binary<F>::apply(x[i], right, p, q);
  } else if (step_b != 0) {
    const T left = *x;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) z[i] = Binary<F>::apply(left, y[i], p, q);
  } else {
    const T value = Binary<F>::apply(*x, *y, p, q);
    for (int64_t i = 0; i < n; ++i) z[i] = value;
  }
}

template <size_t I>
constexpr Loops loopsOf() {
  constexpr auto kFn = static_cast<BinaryFn>(I);
  if constexpr (Binary<kFn>::kIntegers) {
    return {loop<kFn, float>, loop<kFn, double>, loop<kFn, int32_t>, loop<kFn, int64_t>};
  } else {
    return {loop<kFn, float>, loop<kFn, double>, nullptr, nullptr};
  }
}

template <size_t... I>
constexpr Table<Loops, kBinaryCount> all(std::index_sequence<I...>) {
  return {{loopsOf<I>()...}};
}

}  // namespace

constexpr Table<Loops, kBinaryCount> kBinaryLoops = all(std::make_index_sequence<kBinaryCount>());

}  // namespace tenon::TENON_TARGET
