// Adding rows to where indices point, the same on any number of threads.
#pragma once

#include "ops/index/index_values.h"
#include "ops/registry/kernel.h"

namespace tenon {

/// out[o, indices[k], i] += rows[o, k, i], with `out` seen as (outer, extent, inner). `accumulate`:
/// onto what is there, else onto zeros. Terms are added in the order of k, for half types in float.
void scatterAddRows(KernelContext& context, const TensorView& rows, const TensorView& indices,
                    int64_t outer, int64_t extent, int64_t inner, IndexMode mode,
                    const TensorView& out, bool accumulate);

}  // namespace tenon
