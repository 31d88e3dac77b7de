// The edge between libtenon and a device library that it loads (libtenon_cuda): tables of function
// pointers and plain data, in C's manner. No exception, object of the standard library or type
// information crosses; each side has its own C++ run time.
//
// The library exports one function, `tenonPlugin`. Both sides compile this header and those whose
// structs cross (views, parameters); `kEdgeHash` in base/build_info.h is made of all headers, and a
// library with another hash is turned away.
//
// Functions that may fail return a code, 0 or an ErrorKind, and say why in `failure`, which is
// never null. All functions may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "device/device.h"
#include "device/runtime.h"

namespace tenon {

/// The reason of a failure; written only where the code is not 0.
struct PluginFailure {
  char message[1024];
};

/// The queue's and the fence's own objects, known to the library alone.
struct PluginQueue;
struct PluginFence;

/// What libtenon offers the library.
struct HostApi {
  const char* edge_hash;
  /// Writes a line to libtenon's log (levels as in base/log.h).
  void (*log)(int32_t level, const char* line);
  /// The value of a setting by its variable, or "" if it is empty or there is none. The pointer
  /// stays good.
  const char* (*setting)(const char* variable);
  /// The value of any other environment variable, or "".
  const char* (*environment)(const char* variable);
  /// The folder of libtenon itself.
  const char* folder;
};

/// The kernels, which the layer of operators understands: see ops/registry/plugin_kernels.h.
struct PluginKernelTable;

/// What the library offers.
struct PluginApi {
  const char* edge_hash;
  /// What it is, for people: "CUDA 13.0 library".
  const char* name;

  // Devices. None: `unavailable` says why, in a sentence without a full stop.
  int32_t device_count;
  const char* unavailable;
  int32_t (*describe)(int32_t id, char* text, size_t size, PluginFailure* failure);
  int32_t (*memoryInfo)(int32_t id, MemoryInfo* info, PluginFailure* failure);
  /// Null in `data`: no memory of that size is left, which is no failure.
  int32_t (*allocate)(int32_t id, size_t bytes, void** data, PluginFailure* failure);
  void (*release)(int32_t id, void* data, size_t bytes);

  // Queues live as long as the library. A fence belongs to who recorded it, until `releaseFence`.
  int32_t (*queue)(int32_t id, int32_t kind, PluginQueue** queue, PluginFailure* failure);
  int32_t (*record)(PluginQueue* queue, PluginFence** fence, PluginFailure* failure);
  int32_t (*waitFor)(PluginQueue* queue, const PluginFence* fence, PluginFailure* failure);
  int32_t (*synchronize)(PluginQueue* queue, PluginFailure* failure);
  /// 1 once reached; 0 before, and for ever if the work failed.
  int32_t (*reached)(const PluginFence* fence);
  int32_t (*wait)(PluginFence* fence, PluginFailure* failure);
  void (*releaseFence)(PluginFence* fence);
  int32_t (*copy)(PluginQueue* queue, void* to, Device to_device, const void* from,
                  Device from_device, size_t bytes, PluginFailure* failure);

  const PluginKernelTable* kernels;

  // NVIDIA's libraries and the like, for `Tenon.info()`: what was found and where, or what is
  // missing. Writes lines; opens what was not opened yet.
  int32_t (*describeLibraries)(char* text, size_t size, PluginFailure* failure);
};

static_assert(std::is_trivially_copyable_v<Device> && std::is_trivially_copyable_v<MemoryInfo>);

/// The one exported function. Fills `api` or says why not.
using PluginEntry = int32_t (*)(const HostApi* host, PluginApi* api, PluginFailure* failure);
inline constexpr char kPluginEntry[] = "tenonPlugin";

}  // namespace tenon
