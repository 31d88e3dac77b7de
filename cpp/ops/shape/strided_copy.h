// Data movement by strides on the CPU: the one loop behind transpose, slice, concat, tile, reverse,
// pad and their gradients. It knows the size of an element, never its type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/registry/mover.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// Results of fewer elements are moved on the calling thread: well below what a parallel loop would
/// share out.
inline constexpr int64_t kInlineMove = 4096;

/// Row-major strides of `shape`, in elements, into `strides`.
void denseStrides(const Shape& shape, int64_t* strides);

/// Sets all elements of `view` (dense) to `value`, converted as Cast would.
void fill(Mover& mover, const TensorView& view, double value);

// For kernels of the CPU alone: what its mover does.

/// Copies `bytes` bytes in parallel; nothing if they are the same memory.
void copyBytes(const void* from, void* to, int64_t bytes);
/// Sets all elements of `view` (dense) to zero, in parallel.
void zeroFill(const TensorView& view);

}  // namespace tenon
