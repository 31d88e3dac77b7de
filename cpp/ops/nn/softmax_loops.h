// Softmax over the middle axis of (outer, n, inner): what softmax, SoftmaxActivation and
// SoftmaxOutput compute.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/parallel.h"
#include "ops/nn/axis_view.h"

namespace tenon {

/// Calls f(offset of the row's first element, index of the row), in parallel; elements are `inner`
/// apart.
template <class F>
void forEachSoftmaxRow(const AxisView& view, F&& f) {
  constexpr int64_t kWork = 4096;
  parallelFor(view.outer * view.inner, std::max<int64_t>(1, kWork / std::max<int64_t>(view.n, 1)),
              [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                  f(row / view.inner * view.n * view.inner + row % view.inner, row);
                }
              });
}

/// y = exp(s·x − m) / sum, or with `log` s·x − m − ln(sum), over the first `count` of n elements; m
/// is the largest s·x. The rest of y is 0. Sums are kept in double for long rows' sake only where T
/// is double.
template <class In, class Out>
void softmaxRow(const In* x, Out* y, int64_t n, int64_t count, int64_t step, Out scale, bool log) {
  Out largest = -std::numeric_limits<Out>::infinity();
  for (int64_t i = 0; i < count; ++i)
    largest = std::max(largest, static_cast<Out>(x[i * step]) * scale);
  Out sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const Out shifted = static_cast<Out>(x[i * step]) * scale - largest;
    const Out exponential = std::exp(shifted);
    sum += exponential;
    y[i * step] = log ? shifted : exponential;
  }
  const Out log_sum = log ? std::log(sum) : Out(0);
  const Out inverse = Out(1) / sum;
  for (int64_t i = 0; i < count; ++i)
    y[i * step] = log ? y[i * step] - log_sum : y[i * step] * inverse;
  for (int64_t i = count; i < n; ++i) y[i * step] = Out(0);
}

template <class T>
void softmaxForward(const AxisView& view, const T* x, T* y) {
  forEachSoftmaxRow(view, [&](int64_t first, int64_t) {
    softmaxRow(x + first, y + first, view.n, view.n, view.inner, T(1), false);
  });
}

}  // namespace tenon
