// Copies between devices and the host, in the order of a queue.
#pragma once

#include "device/device.h"
#include "runtime/queue.h"

namespace tenon::cuda {

/// Issues the copy and returns. Ordinary host memory goes through pinned buffers; the call waits
/// only while all of these are in use.
void copy(Queue& queue, void* to, Device to_device, const void* from, Device from_device,
          size_t bytes);

}  // namespace tenon::cuda
