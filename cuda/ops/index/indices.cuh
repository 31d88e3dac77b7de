// Indices given as an array of any type, made safe on the device: whatever they hold, what comes
// out is inside the axis.
#pragma once

#include "device/pack.cuh"
#include "ops/index/index_values.h"

namespace tenon::cuda {

/// Indices as they are given.
struct Indices {
  const void* data;
  DType dtype;
  int64_t count;
};

inline Indices indicesOf(const TensorView& view) {
  return {.data = view.data, .dtype = view.dtype, .count = view.size()};
}

__device__ __forceinline__ int64_t indexAt(const Indices& indices, int64_t i) {
  return loadAny<int64_t>(indices.data, indices.dtype, i);
}

/// kRaise counts negative ones from the end. What is outside even so is the nearest: nothing here
/// can throw.
__device__ __forceinline__ int64_t placed(int64_t index, int64_t extent, IndexMode mode) {
  if (index >= 0 && index < extent) return index;
  if (mode == IndexMode::kWrap) {
    const int64_t rest = index % extent;
    return rest < 0 ? rest + extent : rest;
  }
  if (index >= extent) return extent - 1;
  return mode == IndexMode::kRaise && index >= -extent ? index + extent : 0;
}

}  // namespace tenon::cuda
