// What a convolution looks like: shared by the kernels of all devices.
#pragma once

#include <array>
#include <cstdint>

namespace tenon {

/// A convolution from `in` to `out`, with one to three spatial axes.
struct ConvGeometry {
  int spatial = 2;
  int64_t batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  /// Per spatial axis; those beyond `spatial` have one element.
  std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1},
      dilate{1, 1, 1}, pad{0, 0, 0};
  /// Arrays have channels as their last axis (and weights their input channels).
  bool channels_last = false;

  int64_t inSize() const { return in[0] * in[1] * in[2]; }
  int64_t outSize() const { return out[0] * out[1] * out[2]; }
  int64_t kernelSize() const { return kernel[0] * kernel[1] * kernel[2]; }
  bool empty() const {
    return batch * in_channels * out_channels * inSize() * outSize() * kernelSize() == 0;
  }
};

}  // namespace tenon
