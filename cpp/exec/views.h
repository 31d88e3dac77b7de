// Views and copies that autograd knows: what NDArray's own functions do, and a node on the tape
// while the thread records.
#pragma once

#include "tensor/ndarray.h"

namespace tenon {

/// As NDArray's own functions of these names: views share memory.
NDArray slice(const NDArray& array, int64_t begin, int64_t end);
NDArray at(const NDArray& array, int64_t index);
NDArray reshape(const NDArray& array, const Shape& shape);
/// Pushes a copy of all elements into `to`, whose place on the tape becomes the copy's. While the
/// thread records, what is on the tape is not copied to another device: kUnsupported.
void copy(const NDArray& from, NDArray& to);
/// The same array off the tape: gradients stop here.
NDArray detach(const NDArray& array);

}  // namespace tenon
