// The random state of a device: a seed and a counter. Every random task reserves its part of the
// counter when it is issued, so what it draws depends on the order of issue alone, not on threads
// or devices (see base/philox.h).
#pragma once

#include <cstdint>

#include "device/device.h"

namespace tenon {

/// What a random kernel needs: Philox key and first counter. Plain data.
struct RandomState {
  uint64_t seed = 0;
  uint64_t offset = 0;
};

/// Takes `count` counters (each gives four 32-bit numbers) of `device`'s stream, on the issuing
/// thread.
RandomState reserveRandom(Device device, uint64_t count);
/// Seeds every device's stream (device ids are mixed in, as in MXNet) and sets the counters to
/// zero.
void seedAll(uint64_t seed);
/// Seeds one device's stream with exactly `seed`.
void seedDevice(Device device, uint64_t seed);

}  // namespace tenon
