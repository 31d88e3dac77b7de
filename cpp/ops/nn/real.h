// Type rules and dispatch that the layers of networks share.
#pragma once

#include <span>

#include "base/error.h"
#include "ops/registry/op.h"

namespace tenon {

/// Every input and output has one floating dtype: whichever is known gives it to the rest.
void sameFloatingType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out);

/// Elements that one thread should at least get, for cheap work on each.
inline constexpr int64_t kElementFloor = 16384;

/// Calls f.operator()<T>() with T float or double; kernels get no other dtype (see
/// through_float.h).
template <class F>
void dispatchReal(DType dtype, F&& f) {
  if (dtype == DType::kFloat32) {
    f.template operator()<float>();
  } else if (dtype == DType::kFloat64) {
    f.template operator()<double>();
  } else {
    fail(ErrorKind::kInternal, "a kernel for real numbers met dtype ", nameOf(dtype));
  }
}

}  // namespace tenon
