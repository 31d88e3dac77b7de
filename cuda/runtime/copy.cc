#include "runtime/copy.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "runtime/device.h"
#include "runtime/error.h"

namespace tenon::cuda {
namespace {

/// A buffer holds one piece of a copy. Larger pieces gain nothing on PCIe 5; so many buffers keep
/// the bus busy while a host thread fills or empties others.
constexpr size_t kBufferBytes = size_t{4} << 20;
constexpr size_t kMostBuffers = 16;
/// The driver copies so little to the device from ordinary memory without waiting.
constexpr size_t kSmallBytes = size_t{64} << 10;

/// Pinned host memory for one piece, free again once `event` is reached.
struct Buffer {
  char* data = nullptr;
  cudaEvent_t event = nullptr;
  bool used = false;
};

/// The buffers of one device, used in turn.
class Staging {
 public:
  explicit Staging(int device) : device_(device) {}

  /// Calls piece(buffer) for a buffer that is free, then marks it busy until what `piece` issued to
  /// `queue` is done.
  template <class F>
  void with(Queue& queue, F&& piece) {
    const std::scoped_lock lock(mutex_);
    Buffer& buffer = take();
    piece(buffer.data);
    queue.check(cudaEventRecord(buffer.event, queue.stream()), "copying");
    buffer.used = true;
  }

 private:
  Buffer& take() {
    for (Buffer& buffer : buffers_) {
      if (!buffer.used || isReached(buffer.event)) return buffer;
    }
    if (buffers_.size() < kMostBuffers) {
      Buffer made;
      checkCuda(
          cudaHostAlloc(reinterpret_cast<void**>(&made.data), kBufferBytes, cudaHostAllocPortable),
          "allocating pinned memory");
      made.event = takeEvent(device_);
      buffers_.push_back(made);
      return buffers_.back();
    }
    Buffer& next = buffers_[next_];
    next_ = (next_ + 1) % buffers_.size();
    checkOn(device_, await(next.event), "copying");
    return next;
  }

  const int device_;
  std::mutex mutex_;
  std::vector<Buffer> buffers_;
  size_t next_ = 0;
};

Staging& stagingOf(int device) {
  static std::mutex* const mutex = new std::mutex;
  static auto* const all =
      new std::vector<std::unique_ptr<Staging>>(static_cast<size_t>(deviceCount()));
  const std::scoped_lock lock(*mutex);
  std::unique_ptr<Staging>& staging = all->at(static_cast<size_t>(device));
  if (!staging) staging = std::make_unique<Staging>(device);
  return *staging;
}

void copyIn(Queue& queue, char* to, const char* from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kBufferBytes) {
    const size_t piece = std::min(kBufferBytes, bytes - at);
    stagingOf(queue.device()).with(queue, [&](char* buffer) {
      std::memcpy(buffer, from + at, piece);
      queue.check(cudaMemcpyAsync(to + at, buffer, piece, cudaMemcpyHostToDevice, queue.stream()),
                  "copying to the device");
    });
  }
}

/// The last step of a copy to the host, which CUDA runs in the queue's order.
struct Unload {
  char* to;
  const char* from;
  size_t bytes;

  static void CUDART_CB run(void* self) {
    const std::unique_ptr<Unload> unload(static_cast<Unload*>(self));
    std::memcpy(unload->to, unload->from, unload->bytes);
  }
};

void copyOut(Queue& queue, char* to, const char* from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kBufferBytes) {
    const size_t piece = std::min(kBufferBytes, bytes - at);
    stagingOf(queue.device()).with(queue, [&](char* buffer) {
      queue.check(cudaMemcpyAsync(buffer, from + at, piece, cudaMemcpyDeviceToHost, queue.stream()),
                  "copying to the host");
      auto unload = std::make_unique<Unload>(Unload{to + at, buffer, piece});
      queue.check(cudaLaunchHostFunc(queue.stream(), Unload::run, unload.get()),
                  "copying to the host");
      static_cast<void>(unload.release());
    });
  }
}

/// Lets the two devices reach each other's memory, where the machine can; without, the driver goes
/// through the host.
void connect(int a, int b) {
  static std::mutex* const mutex = new std::mutex;
  static auto* const tried = new std::set<std::pair<int, int>>;
  const std::scoped_lock lock(*mutex);
  if (!tried->emplace(a, b).second) return;
  const DeviceScope scope(a);
  int able = 0;
  if (cudaDeviceCanAccessPeer(&able, ordinalOf(a), ordinalOf(b)) == cudaSuccess && able != 0) {
    static_cast<void>(cudaDeviceEnablePeerAccess(ordinalOf(b), 0));
  }
  static_cast<void>(cudaGetLastError());
}

}  // namespace

void copy(Queue& queue, void* to, Device to_device, const void* from, Device from_device,
          size_t bytes) {
  if (bytes == 0) return;
  const DeviceScope scope(queue.device());
  const bool to_gpu = to_device.type == DeviceType::kGpu;
  const bool from_gpu = from_device.type == DeviceType::kGpu;
  const cudaStream_t stream = queue.stream();
  if (to_gpu && from_gpu && !(to_device == from_device)) {
    connect(to_device.id, from_device.id);
    connect(from_device.id, to_device.id);
    queue.check(cudaMemcpyPeerAsync(to, ordinalOf(to_device.id), from, ordinalOf(from_device.id),
                                    bytes, stream),
                "copying between devices");
  } else if (to_gpu && from_gpu) {
    queue.check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream), "copying");
  } else if (to_gpu) {
    if (from_device.type == DeviceType::kPinned || bytes <= kSmallBytes) {
      queue.check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream),
                  "copying to the device");
    } else {
      copyIn(queue, static_cast<char*>(to), static_cast<const char*>(from), bytes);
    }
  } else if (to_device.type == DeviceType::kPinned) {
    queue.check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream),
                "copying to the host");
  } else {
    copyOut(queue, static_cast<char*>(to), static_cast<const char*>(from), bytes);
  }
}

}  // namespace tenon::cuda
