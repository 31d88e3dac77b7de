// Data movement by strides: the one loop behind transpose, slice, concat, tile, reverse, pad and
// their gradients. It knows the size of an element, never its type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/tensor_view.h"

namespace tenon {

/// Results of fewer elements are moved on the calling thread: well below what a parallel loop would
/// share out.
inline constexpr int64_t kInlineMove = 4096;

/// A nest of loops over two arrays, outermost first: extents and, in elements, the steps of source
/// and target. A step may be zero in the source (repetition) and negative in either. Offsets are
/// those of the first element visited.
class CopyNest {
 public:
  static constexpr int kMaxLoops = 2 * Shape::kMaxRank;

  /// Adds the next inner loop.
  void add(int64_t extent, int64_t from_stride, int64_t to_stride);
  void offsetFrom(int64_t elements) { from_offset_ += elements; }
  void offsetTo(int64_t elements) { to_offset_ += elements; }

  /// Copies, in parallel. `element_bytes` is 1, 2, 4 or 8. Source and target must not overlap.
  void copy(const void* from, void* to, size_t element_bytes) const;
  /// Adds in the type of the elements: target elements that several loops reach (to_stride 0)
  /// receive the sum of their sources, accumulated in at least float. `accumulate`: adds to what is
  /// there, else overwrites it.
  void sum(const void* from, void* to, DType dtype, bool accumulate) const;

 private:
  struct Loop {
    int64_t extent;
    int64_t from;
    int64_t to;
  };
  /// Drops loops of one, joins loops that walk both arrays as one, and puts the target's smallest
  /// stride inside.
  CopyNest simplified() const;

  int loops_ = 0;
  Loop loop_[kMaxLoops] = {};
  int64_t from_offset_ = 0;
  int64_t to_offset_ = 0;
};

/// Row-major strides of `shape`, in elements, into `strides`.
void denseStrides(const Shape& shape, int64_t* strides);

/// Copies `bytes` bytes in parallel; nothing if they are the same memory.
void copyBytes(const void* from, void* to, int64_t bytes);
/// Sets all elements of `view` (dense) to zero, in parallel.
void zeroFill(const TensorView& view);

}  // namespace tenon
