// Two neighbouring groups of axes, swapped: what turns channels last into channels first and back.
#pragma once

#include "runtime/kernel.h"

namespace tenon::cuda {

/// to[o][j][i] = from[o][i][j] for arrays of `rows` i and `columns` j, added to what is there with
/// `adds`. Both of one floating dtype.
void swapAxes(const Context& context, DType dtype, int64_t outer, int64_t rows, int64_t columns,
              const void* from, void* to, bool adds);

}  // namespace tenon::cuda
