// Host buffers and their images in a device's memory, for running a kernel on what a test holds.
#pragma once

#include <cstddef>
#include <map>

#include "base/error.h"
#include "device/runtime.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// On the CPU it gives back what it is given.
class DeviceMirror {
 public:
  explicit DeviceMirror(Device device)
      : device_(device),
        runtime_(runtimeOf(device.type)),
        queue_(device.type == DeviceType::kCpu ? nullptr
                                               : runtime_.queue(device.id, QueueKind::kCompute)) {}
  ~DeviceMirror() {
    for (const auto& [host, image] : images_)
      runtime_.release(device_.id, image.block, image.block_bytes);
  }
  DeviceMirror(const DeviceMirror&) = delete;
  DeviceMirror& operator=(const DeviceMirror&) = delete;

  Queue* queue() const noexcept { return queue_; }

  /// The image of [host, host + bytes), with its content; the same for the same address. As far
  /// from a 64-byte boundary as the host's.
  void* to(void* host, size_t bytes) {
    if (queue_ == nullptr || bytes == 0) return host;
    const auto found = images_.find(host);
    if (found != images_.end()) return found->second.data;
    Image image;
    const size_t shift = reinterpret_cast<uintptr_t>(host) % 64;
    image.block_bytes = bytes + shift;
    image.block = runtime_.allocate(device_.id, image.block_bytes);
    TENON_CHECK(image.block != nullptr, kOutOfMemory, device_.toString(), " has no memory left");
    image.data = static_cast<char*>(image.block) + shift;
    image.bytes = bytes;
    runtime_.copy(queue_, image.data, device_, host, Device::cpu(), bytes);
    images_.emplace(host, image);
    return image.data;
  }
  TensorView to(TensorView view) {
    view.data = to(view.data, static_cast<size_t>(view.bytes()));
    view.device = device_;
    return view;
  }

  /// Waits for the device and copies every image back.
  void readBack() {
    if (queue_ == nullptr) return;
    for (const auto& [host, image] : images_)
      runtime_.copy(queue_, host, Device::cpu(), image.data, device_, image.bytes);
    queue_->synchronize();
  }

 private:
  struct Image {
    void* block = nullptr;
    size_t block_bytes = 0;
    char* data = nullptr;
    size_t bytes = 0;
  };

  const Device device_;
  DeviceRuntime& runtime_;
  Queue* const queue_;
  std::map<void*, Image> images_;
};

}  // namespace tenon
