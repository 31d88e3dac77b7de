// Arrays seen around one axis, and the classes that labels name.
#pragma once

#include <cstdint>

#include "base/shape.h"

namespace tenon {

/// An array seen around one of its axes.
struct AxisView {
  int64_t outer = 1, n = 1, inner = 1;
};

inline AxisView viewAround(const Shape& shape, int axis) {
  return {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank())};
}

/// The class that a label names; -1 for none.
template <class T>
constexpr int64_t classOf(T label, int64_t classes) {
  return label > T(-1) && label < static_cast<T>(classes) ? static_cast<int64_t>(label) : -1;
}

}  // namespace tenon
