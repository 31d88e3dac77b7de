// Walking an output while its operands are read with strides of their own: broadcasting, reductions
// over any axes, transposed reads. The host merges axes; threads turn an index of the output into
// offsets.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "base/shape.h"
#include "tensor/tensor_view.h"

namespace tenon::cuda {

/// Division by a number known on the host, as a multiplication, for dividends below 2^31 (Granlund
/// and Montgomery, "Division by invariant integers using multiplication", PLDI 1994).
struct Divider {
  uint32_t divisor = 1;
  uint32_t magic = 0;
  uint32_t shift = 0;

  Divider() = default;
  explicit Divider(uint32_t by) : divisor(by) {
    while ((uint64_t{1} << shift) < by) ++shift;
    magic = static_cast<uint32_t>(((uint64_t{1} << 32) * ((uint64_t{1} << shift) - by)) / by + 1);
  }
  __device__ __forceinline__ uint32_t divide(uint32_t n) const {
    return (__umulhi(n, magic) + n) >> shift;
  }
};

/// From an index of (outer, middle, inner) to its three coordinates.
struct Split {
  struct Place {
    int64_t outer, middle, inner;
  };
  int64_t middle, inner;
  Divider by_middle, by_inner;
  bool narrow;  ///< all indices are below 2^31

  Split(int64_t size, int64_t middle_, int64_t inner_)
      : middle(middle_), inner(inner_), narrow(size < (int64_t{1} << 31)) {
    if (!narrow || size == 0) return;
    by_middle = Divider(static_cast<uint32_t>(middle));
    by_inner = Divider(static_cast<uint32_t>(inner));
  }
  __device__ __forceinline__ Place operator()(int64_t index) const {
    if (narrow) {
      const uint32_t row = by_inner.divide(static_cast<uint32_t>(index));
      const uint32_t outer = by_middle.divide(row);
      return {.outer = outer, .middle = row - outer * middle, .inner = index - row * inner};
    }
    const int64_t row = index / inner;
    const int64_t outer = row / middle;
    return {.outer = outer, .middle = row - outer * middle, .inner = index - row * inner};
  }
};

/// Axes of an output and the strides, in elements, of kOperands operands along them.
template <int kOperands, int kMaxRank = Shape::kMaxRank>
struct Walk {
  int rank = 0;
  bool narrow = true;  ///< all indices are below 2^31
  int64_t extents[kMaxRank];
  Divider dividers[kMaxRank];
  int64_t strides[kOperands][kMaxRank];

  int64_t inner() const { return extents[rank - 1]; }

  /// Appends an axis, joined to the one before where all operands walk both as one; those of extent
  /// 1 are left out. `finish` ends the walk.
  void append(int64_t extent, const int64_t (&steps)[kOperands]) {
    if (extent == 1) return;
    bool joins = rank > 0;
    for (int k = 0; k < kOperands; ++k) joins = joins && strides[k][rank - 1] == steps[k] * extent;
    const int axis = joins ? rank - 1 : rank++;
    extents[axis] = joins ? extents[axis] * extent : extent;
    for (int k = 0; k < kOperands; ++k) strides[k][axis] = steps[k];
  }
  void finish(int64_t size) {
    if (rank == 0) {
      extents[0] = 1;
      for (int k = 0; k < kOperands; ++k) strides[k][0] = 0;
      rank = 1;
    }
    narrow = size < (int64_t{1} << 31);
    for (int axis = 0; narrow && axis < rank; ++axis)
      dividers[axis] = Divider(static_cast<uint32_t>(extents[axis] > 0 ? extents[axis] : 1));
  }

  /// The operands' offsets of element `index`, in the order of the axes.
  __device__ __forceinline__ void offsets(int64_t index, int64_t (&to)[kOperands]) const {
#pragma unroll
    for (int k = 0; k < kOperands; ++k) to[k] = 0;
    if (narrow) {
      uint32_t rest = static_cast<uint32_t>(index);
      for (int axis = rank - 1; axis > 0; --axis) {
        const uint32_t quotient = dividers[axis].divide(rest);
        const int64_t at = rest - quotient * dividers[axis].divisor;
#pragma unroll
        for (int k = 0; k < kOperands; ++k) to[k] += at * strides[k][axis];
        rest = quotient;
      }
#pragma unroll
      for (int k = 0; k < kOperands; ++k) to[k] += rest * strides[k][0];
    } else {
      for (int axis = rank - 1; axis >= 0; --axis) {
        const int64_t quotient = index / extents[axis];
        const int64_t at = index - quotient * extents[axis];
#pragma unroll
        for (int k = 0; k < kOperands; ++k) to[k] += at * strides[k][axis];
        index = quotient;
      }
    }
  }
};

/// The stride of `view` along axis `axis` of a shape of `rank` axes that it broadcasts to.
inline int64_t broadcastStride(const TensorView& view, int rank, int axis) {
  const int own = axis - (rank - view.shape.rank());
  return own < 0 || view.shape[own] == 1 ? 0 : view.strides[own];
}

}  // namespace tenon::cuda
