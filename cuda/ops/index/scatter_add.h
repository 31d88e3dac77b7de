// Adding slices to where index tuples point, and putting them there, the same from run to run.
// Negative indices count from the end; those outside even so take the nearest.
#pragma once

#include "runtime/kernel.h"

namespace tenon::cuda {

/// Adds each slice to that of `out` which its index tuple names: indices has shape (axes, …). Onto
/// what is there if the request is to add, else onto zeros. Half types are summed in float. Uses
/// the workspace.
void scatterAddSlices(Context& context, const TensorView& slices, const TensorView& indices,
                      const TensorView& out, Request request);

/// Replaces the slices of `out` that index tuples name; of several for one place the last wins.
/// Uses the workspace.
void scatterSlices(Context& context, const TensorView& slices, const TensorView& indices,
                   const TensorView& out);

}  // namespace tenon::cuda
