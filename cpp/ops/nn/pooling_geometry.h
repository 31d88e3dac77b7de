// Where pooling's windows lie and what their elements count. Compiled alike by g++ and nvcc.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tenon {

enum class PoolType : int32_t { kMax, kAvg, kSum, kLp };

struct PoolGeometry {
  int64_t batch = 0, channels = 0;
  /// Three spatial axes; those that an array does not have come first, with one element.
  std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, pad{0, 0, 0};
  PoolType type = PoolType::kMax;
  int32_t power = 2;  ///< of kLp
  bool count_pad = true;
  bool channels_last = false;

  constexpr int64_t inSize() const { return in[0] * in[1] * in[2]; }
  constexpr int64_t outSize() const { return out[0] * out[1] * out[2]; }
};

/// Elements of window o along an axis: of the data, and with the padding that counts.
constexpr int64_t insideCount(const PoolGeometry& g, size_t axis, int64_t o) {
  const int64_t start = o * g.stride[axis] - g.pad[axis];
  return std::max<int64_t>(
      0, std::min(start + g.kernel[axis], g.in[axis]) - std::max<int64_t>(start, 0));
}
constexpr int64_t paddedCount(const PoolGeometry& g, size_t axis, int64_t o) {
  const int64_t start = o * g.stride[axis] - g.pad[axis];
  return std::max<int64_t>(0, std::min(start + g.kernel[axis], g.in[axis] + g.pad[axis]) - start);
}

/// What an average over the window divides by; 0 for a window over nothing.
constexpr int64_t divisorOf(const PoolGeometry& g, int64_t o0, int64_t o1, int64_t o2) {
  const int64_t inside = insideCount(g, 0, o0) * insideCount(g, 1, o1) * insideCount(g, 2, o2);
  if (!g.count_pad || inside == 0) return inside;
  return paddedCount(g, 0, o0) * paddedCount(g, 1, o1) * paddedCount(g, 2, o2);
}

template <class T>
constexpr T raise(T x, int32_t power) {
  return power == 1 ? x : power == 2 ? x * x : x * x * x;
}

}  // namespace tenon
