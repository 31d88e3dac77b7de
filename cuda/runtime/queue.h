// Queues (CUDA streams) and fences (CUDA events).
//
// A kernel's fault is found late, by whoever asks the device next. So a queue remembers the
// operators issued since the last fence that was reached: the fault is one of theirs, and the
// message says so.
#pragma once

#include <cuda_runtime_api.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "device/plugin_api.h"

namespace tenon::cuda {

class Queue;

/// Throws unless `code` is success; after a fault of gpu(device), with the operators that may have
/// made it.
void checkOn(int device, cudaError_t code, const char* what);

/// A point in a queue's order. Its event goes back to the device's pool with it.
class Fence {
 public:
  Fence(Queue& queue, cudaEvent_t event, uint64_t position)
      : queue_(queue), event_(event), position_(position) {}
  ~Fence();
  Fence(const Fence&) = delete;
  Fence& operator=(const Fence&) = delete;

  bool reached() const noexcept;
  /// Blocks the calling thread; throws if the work failed.
  void wait() const;
  cudaEvent_t event() const noexcept { return event_; }

 private:
  Queue& queue_;
  const cudaEvent_t event_;
  const uint64_t position_;  // operators issued before it
};

class Queue {
 public:
  Queue(int device, QueueKind kind);
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  int device() const noexcept { return device_; }
  cudaStream_t stream() const noexcept { return stream_; }

  Fence* record();
  void waitFor(const Fence& fence);
  void synchronize();

  /// Notes that work of `op` (a name that lives for ever) was issued.
  void issued(const char* op) noexcept;
  /// The work of the first `position` operators is done.
  void reached(uint64_t position) noexcept;
  /// See checkOn.
  void check(cudaError_t code, const char* what) { checkOn(device_, code, what); }

  /// The queue that the core knows by this pointer.
  static Queue& of(PluginQueue* queue) noexcept { return *reinterpret_cast<Queue*>(queue); }
  PluginQueue* handle() noexcept { return reinterpret_cast<PluginQueue*>(this); }

  /// Adds the operators issued whose work is not known to be done.
  void addSuspects(std::vector<std::string>& names);

 private:
  static constexpr uint64_t kRemembered = 64;

  const int device_;
  cudaStream_t stream_ = nullptr;
  std::atomic<uint64_t> done_{0};
  std::mutex mutex_;  // guards the two below
  uint64_t issued_ = 0;
  std::array<const char*, kRemembered> names_{};  // of operator i at i % kRemembered
};

/// The queue of that kind, made on first use; it lives as long as the process.
Queue& queueOf(int device, QueueKind kind);

/// An event of gpu(device) without timing, from the pool.
cudaEvent_t takeEvent(int device);
void giveEvent(int device, cudaEvent_t event) noexcept;
/// True once the work before `event` is done; for ever false if it failed. The event's device is
/// the calling thread's current one, for which CUDA makes a context where there is none.
bool isReached(cudaEvent_t event) noexcept;
/// Blocks the calling thread until `event`, of its current device, is reached.
cudaError_t await(cudaEvent_t event);

/// Whether work that was issued to any queue is not done yet.
bool queuesWork() noexcept;

}  // namespace tenon::cuda
