// The library's own queue behind a Queue of a loaded device: what its kernels are given.
#pragma once

#include "device/plugin_api.h"

namespace tenon {

/// Base of the queues of loaded devices.
class PluginQueueHolder : public Queue {
 public:
  explicit PluginQueueHolder(PluginQueue* queue) noexcept : queue_(queue) {}
  PluginQueue* raw() const noexcept { return queue_; }

 private:
  PluginQueue* const queue_;
};

/// The library's queue behind `queue`, which is of a loaded device or null.
PluginQueue* rawQueue(Queue* queue) noexcept;

}  // namespace tenon
