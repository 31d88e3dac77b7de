// The inner road of imperative calls, for invoke, the tape and recorded views: outputs with
// requests, hidden ones too.
#pragma once

#include <span>

#include "ops/registry/op.h"
#include "tensor/ndarray.h"

namespace tenon {

/// Infers, allocates, pushes; never records. `outputs` holds the visible outputs, or all; undefined
/// elements are allocated, but for those whose request is null. Without `requests` all of `outputs`
/// are written. Outputs that the operator has beyond `outputs` are not computed.
void issue(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
           std::span<NDArray> outputs, std::span<const Request> requests,
           std::span<const double> dynamic, Device device, bool training);

}  // namespace tenon
