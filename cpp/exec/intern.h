// Equal attributes, one object: for calls that exec makes itself, whose attributes would otherwise
// be parsed anew each time and miss every cache.
#pragma once

#include "ops/registry/op.h"

namespace tenon {

/// Parsed attributes, the same object for all that are equal. Bounded; any thread may call.
OpAttrsPtr internedAttrs(const Op& op, const AttrMap& dict, int num_inputs);

}  // namespace tenon
