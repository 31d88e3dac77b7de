// Loops over an array seen as (outer, channels, inner), with sums per channel: batch
// normalisation's, whether channels come first (inner > 1) or last (inner = 1) in memory.
//
// Sums go over blocks of rows that depend on the shape alone, so that they are the same with any
// number of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/parallel.h"
#include "ops/nn/channel_view.h"

namespace tenon {

namespace channel_detail {

/// The sum of f(i) for i in [0, n), in lanes that vectorise, gathered in double.
template <class T, class F>
double sumOf(int64_t n, F&& f) {
  constexpr int64_t kLanes = 16, kBlock = 1024;
  double total = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    const int64_t end = std::min(n, start + kBlock);
    T lanes[kLanes] = {};
    int64_t i = start;
    for (; i + kLanes <= end; i += kLanes) {
      for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += f(i + lane);
    }
    for (int64_t lane = 0; lane < kLanes; ++lane) total += static_cast<double>(lanes[lane]);
    for (; i < end; ++i) total += static_cast<double>(f(i));
  }
  return total;
}

template <class T, class F>
void sumsChannelsLast(const ChannelView& view, double* sums, F&& f) {
  constexpr int64_t kRows = 64;
  const int64_t blocks = (view.outer + kRows - 1) / kRows;
  std::vector<double> partial(static_cast<size_t>(blocks * view.channels));
  parallelFor(blocks, std::max<int64_t>(1, 256 / std::max<int64_t>(view.channels, 1)),
              [&](int64_t begin, int64_t end) {
                std::vector<T> row_sums(static_cast<size_t>(view.channels));
                for (int64_t block = begin; block < end; ++block) {
                  std::fill(row_sums.begin(), row_sums.end(), T(0));
                  for (int64_t row = block * kRows; row < std::min(view.outer, (block + 1) * kRows);
                       ++row) {
                    T* to = row_sums.data();
#pragma GCC ivdep
                    for (int64_t c = 0; c < view.channels; ++c)
                      to[c] += f(c, row * view.channels + c);
                  }
                  std::copy(row_sums.begin(), row_sums.end(),
                            partial.begin() + block * view.channels);
                }
              });
  std::fill_n(sums, view.channels, 0.0);
  for (int64_t i = 0; i < blocks * view.channels; ++i)
    sums[i % view.channels] += partial[static_cast<size_t>(i)];
}

}  // namespace channel_detail

/// sums[c] = the sum of f(c, i) over the elements i of channel c, computed in T.
template <class T, class F>
void sumPerChannel(const ChannelView& view, double* sums, F&& f) {
  if (view.inner == 1) {
    channel_detail::sumsChannelsLast<T>(view, sums, f);
    return;
  }
  const int64_t floor = std::max<int64_t>(1, 16384 / std::max<int64_t>(view.perChannel(), 1));
  parallelFor(view.channels, floor, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      sums[c] = 0;
      for (int64_t n = 0; n < view.outer; ++n) {
        const int64_t first = (n * view.channels + c) * view.inner;
        sums[c] += channel_detail::sumOf<T>(view.inner, [&](int64_t i) { return f(c, first + i); });
      }
    }
  });
}

/// Calls f(c, i) for every element i, of channel c.
template <class F>
void forEachOfChannels(const ChannelView& view, F&& f) {
  const int64_t rows = view.inner == 1 ? view.outer : view.outer * view.channels;
  const int64_t width = view.inner == 1 ? view.channels : view.inner;
  parallelFor(rows, std::max<int64_t>(1, 16384 / std::max<int64_t>(width, 1)),
              [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                  const int64_t first = row * width;
                  if (view.inner == 1) {
#pragma GCC ivdep
                    for (int64_t c = 0; c < width; ++c) f(c, first + c);
                  } else {
                    const int64_t c = row % view.channels;
#pragma GCC ivdep
                    for (int64_t i = 0; i < width; ++i) f(c, first + i);
                  }
                }
              });
}

}  // namespace tenon
