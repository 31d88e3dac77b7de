// Reading and writing elements of the floating types as doubles, for the stand-ins of NVIDIA's
// libraries.
#pragma once

#include "base/half.h"

namespace tenon::cuda::emulator {

enum class Real { kHalf, kBrainHalf, kSingle, kDouble };

inline double load(Real type, const void* data, int64_t index) {
  switch (type) {
    case Real::kHalf:
      return static_cast<float>(static_cast<const Float16*>(data)[index]);
    case Real::kBrainHalf:
      return static_cast<float>(static_cast<const BFloat16*>(data)[index]);
    case Real::kSingle:
      return static_cast<const float*>(data)[index];
    default:
      return static_cast<const double*>(data)[index];
  }
}

inline void store(Real type, void* data, int64_t index, double value) {
  const auto narrow = static_cast<float>(value);
  switch (type) {
    case Real::kHalf:
      static_cast<Float16*>(data)[index] = narrow;
      break;
    case Real::kBrainHalf:
      static_cast<BFloat16*>(data)[index] = narrow;
      break;
    case Real::kSingle:
      static_cast<float*>(data)[index] = narrow;
      break;
    default:
      static_cast<double*>(data)[index] = value;
  }
}

}  // namespace tenon::cuda::emulator
