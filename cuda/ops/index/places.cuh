// Places: where each of many indices, or index tuples, points to, as one number.
#pragma once

#include "ops/index/indices.cuh"
#include "tensor/tensor_view.h"

namespace tenon::cuda {

/// Index tuples over the first axes of an array, or plain indices (one axis).
struct Tuples {
  Indices indices;  ///< [axis][tuple]
  int64_t count;    ///< tuples
  int axes;
  IndexMode mode;
  int64_t extents[Shape::kMaxRank];
};

/// Plain indices along an axis.
inline Tuples tuplesOf(const TensorView& indices, int64_t extent, IndexMode mode) {
  Tuples tuples{};
  tuples.indices = indicesOf(indices);
  tuples.count = indices.size();
  tuples.axes = 1;
  tuples.mode = mode;
  tuples.extents[0] = extent;
  return tuples;
}

/// Columns of `indices`, of shape (axes, …), as tuples over the first axes of `whole`. Negative
/// ones count from the end; those outside even so take the nearest.
inline Tuples tuplesOf(const TensorView& indices, const Shape& whole) {
  Tuples tuples{};
  tuples.indices = indicesOf(indices);
  tuples.axes = static_cast<int>(indices.shape[0]);
  tuples.count = indices.shape.product(1, indices.shape.rank());
  tuples.mode = IndexMode::kRaise;
  for (int axis = 0; axis < tuples.axes; ++axis) tuples.extents[axis] = whole[axis];
  return tuples;
}

__device__ __forceinline__ int64_t placeAt(const Tuples& tuples, int64_t i) {
  int64_t place = 0;
  for (int axis = 0; axis < tuples.axes; ++axis) {
    const int64_t index = indexAt(tuples.indices, axis * tuples.count + i);
    place = place * tuples.extents[axis] + placed(index, tuples.extents[axis], tuples.mode);
  }
  return place;
}

}  // namespace tenon::cuda
