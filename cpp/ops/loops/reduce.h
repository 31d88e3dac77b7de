// Reductions over axes, in parallel, on the CPU.
//
// Floating types accumulate in double, integers in int64_t. What is added to what depends on the
// shape alone, never on the number of threads or the instruction set: results are the same bits
// everywhere.
#pragma once

#include "ops/loops/loop.h"
#include "ops/registry/kernel.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// What happens to an accumulator at the end.
enum class ReduceFinish : int32_t {
  kNone,
  kMean,  ///< divided by the number of elements that went into it
  kRoot,  ///< its square root
};

/// Reduces the axes of `in` for which `reduced` is true into `out`, which has the remaining
/// elements in their order (its shape does not matter). Uses the context's workspace. An empty
/// reduction gives 0 for sums, 1 for products, the least (greatest) value for maxima (minima).
void reduceAxes(KernelContext& context, ReduceFn fn, ReduceFinish finish, const TensorView& in,
                const bool* reduced, const TensorView& out, Request request);

}  // namespace tenon
