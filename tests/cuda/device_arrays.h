// What the tests of the loaded device share: arrays on it, and the controls of the emulated one.
#pragma once

#include <dlfcn.h>

#include <vector>

#include "cuda_library.h"
#include "device/runtime.h"
#include "emulator/controls.h"
#include "tensor/ndarray.h"

namespace tenon::testing {

inline DeviceRuntime& gpu() { return runtimeOf(DeviceType::kGpu); }

/// A function by which the emulated device is made to fail or to wait; null on a real one.
template <class F>
F* control(const char* name) {
  void* library = dlopen(libraryUnderTest().c_str(), RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<F*>(dlsym(library, name));
}

inline bool isEmulated() { return control<decltype(emulateHold)>("emulateHold") != nullptr; }

inline NDArray arrayOn(Device device, const std::vector<float>& values) {
  NDArray array =
      NDArray::empty(Shape({static_cast<int64_t>(values.size())}), DType::kFloat32, device);
  array.copyFromHost(values.data(), static_cast<int64_t>(values.size() * sizeof(float)));
  return array;
}

inline std::vector<float> valuesOf(const NDArray& array) {
  std::vector<float> values(static_cast<size_t>(array.size()));
  array.copyToHost(values.data(), array.bytes());
  return values;
}

}  // namespace tenon::testing
