// What a device can do: the narrow interface through which the core meets a back end. The CPU's is
// here; the CUDA library's plug-in is wrapped into one; the tests bring a fake one.
//
// Who owns what: the registry owns runtimes for the life of the process; a runtime owns its queues;
// a fence belongs to whoever holds its reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ref_counted.h"
#include "device/device.h"

namespace tenon {

/// A point in a queue's order. Reached once all work issued to the queue before it is done.
class Fence : public RefCounted {
 public:
  /// True once reached; never blocks. Never true if the work failed: then `wait` throws at once.
  virtual bool reached() const noexcept = 0;
  /// Blocks the calling host thread until reached; throws the device's error if the work failed.
  virtual void wait() = 0;
};

/// Which of a device's queues a task is issued to.
enum class QueueKind : int32_t { kCompute = 0, kCopyIn = 1, kCopyOut = 2 };

/// An in-order queue of a device (a CUDA stream; a thread in the tests' fake device).
class Queue {
 public:
  virtual ~Queue() = default;
  virtual Device device() const noexcept = 0;
  /// A fence after everything issued so far.
  virtual Ref<Fence> record() = 0;
  /// What is issued from now on waits, on the device, for `fence` (which may be of another queue or
  /// device).
  virtual void waitFor(const Fence& fence) = 0;
  /// Blocks the host until everything issued so far is done.
  virtual void synchronize() = 0;
};

struct MemoryInfo {
  int64_t total_bytes = 0;
  int64_t free_bytes = 0;
};

/// One kind of device. All functions may be called from any thread.
class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  virtual DeviceType type() const noexcept = 0;
  /// How many there are; a broken driver means zero.
  virtual int count() const noexcept = 0;
  /// For people: model, memory, why there are none.
  virtual std::string describe(int id) const = 0;

  /// Raw memory, 64-byte aligned at least; null if there is none. Called by the caching allocator
  /// only.
  virtual void* allocate(int id, size_t bytes) = 0;
  virtual void release(int id, void* data, size_t bytes) noexcept = 0;
  virtual MemoryInfo memoryInfo(int id) const = 0;

  /// The device's queue of that kind, or null if work runs on the host's threads (the CPU).
  virtual Queue* queue(int id, QueueKind kind) = 0;
  /// Copies in the order of `queue` (or at once on the CPU). Exactly one side, or both, live on
  /// this runtime.
  virtual void copy(Queue* queue, void* to, Device to_device, const void* from, Device from_device,
                    size_t bytes) = 0;
};

/// Adds a kind of device; one runtime per type. The CPU's is there from the start.
void registerRuntime(std::unique_ptr<DeviceRuntime> runtime);
/// For tests: takes away a runtime that `registerRuntime` added.
void unregisterRuntime(DeviceType type);
/// The runtime of that type; throws kUnsupported, saying which there are, if there is none.
DeviceRuntime& runtimeOf(DeviceType type);
/// Throws kInvalidArgument unless `device` exists: "gpu(3) does not exist: this machine has 1 gpu",
/// or "gpu(0) does not exist: the NVIDIA driver is missing" and the like.
void checkDevice(Device device);
/// Number of devices of that type; 0 if no runtime is registered. The first question after gpus
/// loads the CUDA library, where there is one.
int deviceCount(DeviceType type) noexcept;

}  // namespace tenon
