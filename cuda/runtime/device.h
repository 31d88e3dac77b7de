// The GPUs that the library can use.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "device/runtime.h"

namespace tenon::cuda {

/// How many GPUs there are that our kernels run on. A broken driver means none.
int deviceCount() noexcept;
/// Why there are none, in a sentence without a full stop; empty where there are some.
const std::string& whyNoDevice() noexcept;
/// CUDA's own number of gpu(id): those that are too old do not count.
int ordinalOf(int id);
/// Multiprocessors of gpu(id): what launches are sized by.
int multiprocessorsOf(int id);

std::string describeDevice(int id);
MemoryInfo memoryOf(int id);
/// Null: there is not so much left.
void* allocate(int id, size_t bytes);
void release(int id, void* data) noexcept;

/// Makes gpu(id) the calling thread's current device while it lives; for longer where nobody has
/// used the one before, which takes memory from then on.
class DeviceScope {
 public:
  explicit DeviceScope(int id);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int previous_ = -1;  // to be restored; -1: none
};

}  // namespace tenon::cuda
