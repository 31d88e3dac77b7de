// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011): four 32-bit integers as a pure function of a 64-bit key and a 128-bit
// counter, so every element of an array can be drawn alone, on any device, in any order. Compiled
// alike by g++ and nvcc.
#pragma once

#include <cstdint>

#include "base/host_device.h"

namespace tenon {

struct Philox4 {
  uint32_t x[4];
};

/// The four integers at counter (`offset`, `stream`) under `key`.
TENON_HOST_DEVICE constexpr Philox4 philox(uint64_t key, uint64_t offset, uint64_t stream = 0) {
  uint32_t c0 = static_cast<uint32_t>(offset);
  uint32_t c1 = static_cast<uint32_t>(offset >> 32);
  uint32_t c2 = static_cast<uint32_t>(stream);
  uint32_t c3 = static_cast<uint32_t>(stream >> 32);
  uint32_t k0 = static_cast<uint32_t>(key);
  uint32_t k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = static_cast<uint64_t>(0xD2511F53u) * c0;
    const uint64_t p1 = static_cast<uint64_t>(0xCD9E8D57u) * c2;
    const uint32_t n0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const uint32_t n2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<uint32_t>(p1);
    c3 = static_cast<uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// 24 bits to a float in [0, 1).
TENON_HOST_DEVICE constexpr float unitFloat(uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24f;
}
/// 53 bits to a double in [0, 1).
TENON_HOST_DEVICE constexpr double unitDouble(uint32_t high, uint32_t low) {
  return static_cast<double>((static_cast<uint64_t>(high) << 21) ^ (low >> 11)) * 0x1p-53;
}

}  // namespace tenon
