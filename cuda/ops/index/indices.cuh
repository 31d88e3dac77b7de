// Indices given as an array of any type.
#pragma once

#include "device/pack.cuh"
#include "tensor/tensor_view.h"

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

}  // namespace tenon::cuda
