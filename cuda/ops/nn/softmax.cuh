// Softmax over the middle axis of (outer, n, inner), and its gradients: a team of threads takes a
// row.
#pragma once

#include "device/pack.cuh"
#include "ops/loops/vector_math.h"
#include "ops/nn/rows.cuh"
#include "ops/nn/softmax_params.h"

namespace tenon::cuda {

struct SoftmaxArgs {
  const void* x;
  void* y;
  DType x_dtype;
  DType y_dtype;
  AxisView view;
  double scale;
  bool log;
  const void* length;  ///< how many elements of each row count; null: all
  DType length_dtype;
};

template <class C>
__device__ __forceinline__ C lowest() {
  return static_cast<C>(-__builtin_inf());
}

/// How many elements of a row count.
__device__ __forceinline__ int64_t countedOf(const void* length, DType dtype, int64_t row,
                                             int64_t n) {
  if (length == nullptr) return n;
  const int64_t given = dtype == DType::kInt32 ? static_cast<const int32_t*>(length)[row]
                                               : static_cast<const int64_t*>(length)[row];
  return given < 0 ? 0 : given > n ? n : given;
}

/// The largest scaled element of a row and the sum of exp(x − largest).
template <class C>
struct RowSums {
  C largest;
  C sum;
};

/// For every thread of the team; `count` is 0 for teams without a row.
template <class C, int kOuts>
__device__ __forceinline__ RowSums<C> rowSums(const Team<kOuts>& team, C* shared, const void* x,
                                              DType dtype, int64_t first, int64_t count,
                                              int64_t step, C scale) {
  constexpr int kEach = Team<kOuts>::kEach;
  C largest = lowest<C>();
  for (int64_t i = team.lane; i < count; i += kEach) {
    const C value = loadAny<C>(x, dtype, first + i * step) * scale;
    largest = value > largest ? value : largest;
  }
  largest = team.fold(shared, largest, [](C a, C b) { return a > b ? a : b; });
  C sum = 0;
  for (int64_t i = team.lane; i < count; i += kEach)
    sum += device::expOf(loadAny<C>(x, dtype, first + i * step) * scale - largest);
  sum = team.fold(shared, sum, [](C a, C b) { return a + b; });
  return {largest, sum};
}

template <class C, int kOuts>
__global__ void __launch_bounds__(kThreads) softmaxKernel(const SoftmaxArgs args) {
  __shared__ C shared[kThreads];
  const AxisView view = args.view;
  const RowTeam<kOuts> team(view);
  const int64_t count =
      team.exists ? countedOf(args.length, args.length_dtype, team.output, view.n) : 0;
  const C scale = static_cast<C>(args.scale);
  const RowSums<C> sums =
      rowSums(team, shared, args.x, args.x_dtype, team.first, count, view.inner, scale);
  if (!team.exists) return;
  const C log_sum = args.log ? device::logOf(sums.sum) : C(0);
  const C inverse = C(1) / sums.sum;
  for (int64_t i = team.lane; i < view.n; i += Team<kOuts>::kEach) {
    const int64_t at = team.first + i * view.inner;
    C y = 0;
    if (i < count) {
      const C shifted = loadAny<C>(args.x, args.x_dtype, at) * scale - sums.largest;
      y = args.log ? shifted - log_sum : device::expOf(shifted) * inverse;
    }
    storeAny(args.y, args.y_dtype, at, y, false);
  }
}

/// float, unless an operand is float64.
inline bool isWide(const TensorView& a, const TensorView& b) {
  return a.dtype == DType::kFloat64 || b.dtype == DType::kFloat64;
}

inline void launchSoftmax(const Context& context, const SoftmaxArgs& args, bool wide) {
  const int64_t rows = args.view.outer * args.view.inner;
  withTeams(args.view.inner == 1, args.view.n, [&]<int kOuts>() {
    const auto kernel = wide ? softmaxKernel<double, kOuts> : softmaxKernel<float, kOuts>;
    launchGrid(context, kernel, teamGrid<kOuts>(rows), dim3(kThreads), 0, args);
  });
}

/// softmax(x) without more ado.
void softmaxForward(const Context& context, const AxisView& view, const TensorView& x,
                    const TensorView& y);

}  // namespace tenon::cuda
