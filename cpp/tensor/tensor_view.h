// What kernels see: a pointer with shape, strides, dtype and device. Plain data, owns nothing.
#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "base/shape.h"
#include "device/device.h"

namespace tenon {

/// A physical arrangement other than row-major strides (a library's blocked format), chosen by a
/// plan and understood only by the kernels that asked for it. Immutable; owned by the plan.
class Layout;

struct TensorView {
  void* data = nullptr;
  Shape shape;
  /// In elements. Dense row-major unless a kernel's registration says that it takes strided inputs.
  int64_t strides[Shape::kMaxRank] = {};
  DType dtype = DType::kFloat32;
  Device device;
  /// Null for strided data.
  const Layout* layout = nullptr;

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  int64_t size() const { return shape.size(); }
  int64_t bytes() const { return shape.size() * static_cast<int64_t>(sizeOf(dtype)); }
};

/// A dense row-major view.
TensorView denseView(void* data, const Shape& shape, DType dtype, Device device);

}  // namespace tenon
