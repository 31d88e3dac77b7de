// Filling and copying whole arrays.
#pragma once

#include "runtime/kernel.h"

namespace tenon::cuda {

/// Sets every element to `value`, converted as Cast would.
void fill(const Context& context, const TensorView& out, double value);

/// Copies (dtypes are equal), or adds.
void copyOrAdd(const Context& context, const TensorView& in, const TensorView& out,
               Request request);

}  // namespace tenon::cuda
