// The loops of reductions. Compiled once per instruction set.
//
// Floating types accumulate in double, integers in int64_t (wrapping). A run is folded in kLanes
// interleaved accumulators and these one after the other, so the result is the same on every
// instruction set.
#include "ops/loops/tables.h"
#include "ops/reduce/functors.h"

namespace tenon::TENON_TARGET {
namespace {

constexpr int64_t kLanes = 16;

template <ReduceFn F, class T, class A>
void row(int64_t n, const void* from, void* to) {
  const T* x = static_cast<const T*>(from);
  A lanes[kLanes];
  for (int64_t j = 0; j < kLanes; ++j) lanes[j] = initial<F, A>();
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int64_t j = 0; j < kLanes; ++j) {
      lanes[j] = merged<F>(lanes[j], mapped<F>(static_cast<A>(x[i + j])));
    }
  }
  for (int64_t j = 0; i < n; ++i, ++j)
    lanes[j] = merged<F>(lanes[j], mapped<F>(static_cast<A>(x[i])));
  for (int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (int64_t j = 0; j < width; ++j) lanes[j] = merged<F>(lanes[j], lanes[j + width]);
  }
  *static_cast<A*>(to) = lanes[0];
}

template <ReduceFn F, class T, class A>
void column(int64_t n, const void* from, void* to) {
  const T* x = static_cast<const T*>(from);
  A* acc = static_cast<A*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) acc[i] = merged<F>(acc[i], mapped<F>(static_cast<A>(x[i])));
}

template <ReduceFn F, class A>
void merge(int64_t n, const void* from, void* to) {
  const A* other = static_cast<const A*>(from);
  A* acc = static_cast<A*>(to);
  for (int64_t i = 0; i < n; ++i) acc[i] = merged<F>(acc[i], other[i]);
}

template <ReduceFn F, class A>
void start(int64_t n, void* to) {
  A* acc = static_cast<A*>(to);
  for (int64_t i = 0; i < n; ++i) acc[i] = initial<F, A>();
}

template <ReduceFn F, class T, class A>
inline constexpr ReduceLoops kOf = {row<F, T, A>, column<F, T, A>, merge<F, A>, start<F, A>};

}  // namespace

#define TENON_REDUCE_ROW(F)                                                  \
  {                                                                          \
    kOf<F, float, double>, kOf<F, double, double>, kOf<F, int32_t, int64_t>, \
        kOf<F, int64_t, int64_t>                                             \
  }
const ReduceLoops kReduceLoops[kReduceCount][kComputeCount] = {
    TENON_REDUCE_ROW(ReduceFn::kSum),    TENON_REDUCE_ROW(ReduceFn::kProd),
    TENON_REDUCE_ROW(ReduceFn::kNanSum), TENON_REDUCE_ROW(ReduceFn::kNanProd),
    TENON_REDUCE_ROW(ReduceFn::kMax),    TENON_REDUCE_ROW(ReduceFn::kMin),
    TENON_REDUCE_ROW(ReduceFn::kAbsSum), TENON_REDUCE_ROW(ReduceFn::kSquareSum)};
#undef TENON_REDUCE_ROW

}  // namespace tenon::TENON_TARGET
