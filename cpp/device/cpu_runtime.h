// The CPU as a device: the host's memory and threads.
#pragma once

#include <memory>

#include "device/runtime.h"

namespace tenon {

/// How many cpus programs may name: cpu(0) to cpu(15), all the same processor.
inline constexpr int kCpuIds = 16;

std::unique_ptr<DeviceRuntime> makeCpuRuntime();

}  // namespace tenon
