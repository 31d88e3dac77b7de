// The loops of the functions of one operand. Compiled once per instruction set.
#include <utility>

#include "ops/elementwise/unary_functors.h"
#include "ops/loops/tables.h"

namespace tenon::TENON_TARGET {
namespace {

template <UnaryFn F, class T>
void loop(int64_t n, const void* a, int64_t step_a, const void*, int64_t, void* out,
          const double* params) {
  const T* x = static_cast<const T*>(a);
  T* z = static_cast<T*>(out);
  const T p = parameter<T>(params[0]);
  const T q = parameter<T>(params[1]);
  if (step_a != 0) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) z[i] = Unary<F>::apply(x[i], p, q);
  } else {
    const T value = Unary<F>::apply(*x, p, q);
    for (int64_t i = 0; i < n; ++i) z[i] = value;
  }
}

template <size_t I>
constexpr Loops loopsOf() {
  constexpr auto kFn = static_cast<UnaryFn>(I);
  if constexpr (Unary<kFn>::kIntegers) {
    return {loop<kFn, float>, loop<kFn, double>, loop<kFn, int32_t>, loop<kFn, int64_t>};
  } else {
    return {loop<kFn, float>, loop<kFn, double>, nullptr, nullptr};
  }
}

template <size_t... I>
constexpr Table<Loops, kUnaryCount> all(std::index_sequence<I...>) {
  return {{loopsOf<I>()...}};
}

}  // namespace

constexpr Table<Loops, kUnaryCount> kUnaryLoops = all(std::make_index_sequence<kUnaryCount>());

}  // namespace tenon::TENON_TARGET
