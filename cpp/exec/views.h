// Views that autograd knows: the same memory, and a node on the tape while the thread records.
#pragma once

#include "tensor/ndarray.h"

namespace tenon {

/// As NDArray's own functions of these names.
NDArray slice(const NDArray& array, int64_t begin, int64_t end);
NDArray at(const NDArray& array, int64_t index);
NDArray reshape(const NDArray& array, const Shape& shape);
/// The same array off the tape: gradients stop here.
NDArray detach(const NDArray& array);

}  // namespace tenon
