// Sums by strides: the gradients of what repeats elements.
#pragma once

#include "runtime/kernel.h"

namespace tenon::cuda {

/// Issues a move of kind kSum.
void stridedSum(const Context& context, const PluginMove& move);

}  // namespace tenon::cuda
