// Pooling's loops: windows over the last axis of rows, for channels first (a row per channel) and
// channels last (all channels of a position together).
#pragma once

#include <array>
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

  int64_t inSize() const { return in[0] * in[1] * in[2]; }
  int64_t outSize() const { return out[0] * out[1] * out[2]; }
};

template <class T>
void poolForward(const PoolGeometry& geometry, const T* data, T* out);

/// `data` and `out` are read by max (the first largest element of a window gets its gradient) and
/// by lp.
template <class T>
void poolBackward(const PoolGeometry& geometry, const T* out_gradient, const T* data, const T* out,
                  T* data_gradient);

extern template void poolForward(const PoolGeometry&, const float*, float*);
extern template void poolForward(const PoolGeometry&, const double*, double*);
extern template void poolBackward(const PoolGeometry&, const float*, const float*, const float*,
                                  float*);
extern template void poolBackward(const PoolGeometry&, const double*, const double*, const double*,
                                  double*);

}  // namespace tenon
