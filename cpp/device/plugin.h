// Finding and loading the CUDA library, at the first use of a gpu: libtenon_cuda.so beside
// libtenon, or the file that TENON_CUDA_LIBRARY names ("none": none). Its devices become those of
// type gpu, its kernels go to the layer of operators. Where there is none, the reason is kept for
// who asks.
#pragma once

#include <string>

#include "device/plugin_api.h"

namespace tenon {

/// Loads the library of `type`'s devices on the first call, if it has one: registers its runtime,
/// or keeps the reason why not. Never throws; later calls do nothing.
void ensureLoaded(DeviceType type) noexcept;

/// Why there are no devices of `type`, in a sentence without a full stop; empty if there are, or if
/// no library brings them. Loads it where nothing has yet.
std::string whyNone(DeviceType type);

/// What was loaded and from where, its devices, the libraries behind it; for people, in lines.
std::string describePlugin();

/// Loads the library at `path` and registers its devices and kernels; throws kUnsupported with the
/// reason if it cannot be, is of another build or finds no device.
void loadPlugin(const std::string& path);

/// Who wants a library's kernels: called once per library, after its runtime is registered.
/// Installed in static initialisation.
using PluginKernelHook = void (*)(const PluginKernelTable& kernels);
void setPluginKernelHook(PluginKernelHook hook) noexcept;

}  // namespace tenon
