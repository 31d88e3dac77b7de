// One imperative call: infer, allocate, push. The road of `a.add(b)`.
#pragma once

#include <span>
#include <vector>

#include "ops/registry/op.h"
#include "tensor/ndarray.h"

namespace tenon {

/// Runs an operator on arrays. `outputs` has one element per visible output; undefined ones are
/// allocated, defined ones are written (shape and dtype must fit). `dynamic` replaces the
/// attributes' dynamic values (empty: defaults). With no inputs, the device comes from `device`.
/// All arrays must be on one device. Recorded on the tape if autograd records. Throws for bad
/// arguments at once; errors of the computation surface at a wait.
void invoke(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
            std::span<NDArray> outputs, std::span<const double> dynamic = {},
            Device device = Device::cpu());

/// For callers without hot loops.
std::vector<NDArray> invoke(std::string_view op, const AttrMap& attrs,
                            const std::vector<NDArray>& inputs, Device device = Device::cpu());

}  // namespace tenon
