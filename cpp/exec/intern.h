// Equal attributes, one object: passes parse attributes anew for every node that they make, and
// caches go by identity.
#pragma once

#include "ops/registry/op.h"

namespace tenon {

/// Attributes equal to the given ones, the same object for all that are equal. Bounded; any thread
/// may call.
OpAttrsPtr internedAttrs(const OpAttrsPtr& attrs);
OpAttrsPtr internedAttrs(const Op& op, const AttrMap& dict, int num_inputs);

}  // namespace tenon
