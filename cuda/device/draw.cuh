// Random integers for the elements of an array, four to a counter, as on the CPU.
#pragma once

#include "base/philox.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {

/// Calls body(drawn, first, left, whole) for each counter of this thread's: its integers are those
/// of the four elements from `first` on, of which `left` exist. `whole`: four, which may be
/// accessed at once.
template <class F>
__device__ __forceinline__ void forEachDrawn(const RandomState& random, int64_t size, bool aligned,
                                             F&& body) {
  forEachItem((size + 3) / 4, [&](int64_t counter) {
    const Philox4 drawn = philox(random.seed, random.offset + static_cast<uint64_t>(counter));
    const int64_t left = size - counter * 4;
    body(drawn, counter * 4, left, aligned && left >= 4);
  });
}

}  // namespace tenon::cuda
