// MXNet's little language of reshaping, apart from the operators so that views can use it too.
#pragma once

#include "base/params.h"
#include "base/shape.h"

namespace tenon {

/// The shape that `codes` make of `from`: n > 0 is an extent, 0 copies one, -1 is what is left, -2
/// copies all that remain, -3 joins two, -4 splits one into the two that follow (one of them may be
/// -1). `reverse` reads both lists from the right. Extents that depend on unknown ones are unknown.
/// Throws kInvalidArgument where codes and shape disagree.
Shape reshaped(const Shape& from, const IntList& codes, bool reverse);

}  // namespace tenon
