// Memory of one device, cached: blocks are kept by size class after use and given out again without
// asking the system. Statistics, limits, and an out-of-memory error that lists the largest live
// allocations.
//
// Blocks are 64-byte aligned. All functions may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "device/device.h"

namespace tenon {

struct PoolStats {
  int64_t in_use_bytes = 0;        ///< given out and not returned
  int64_t cached_bytes = 0;        ///< kept for reuse
  int64_t peak_bytes = 0;          ///< highest in_use_bytes since the start or resetPeak
  int64_t limit_bytes = 0;         ///< in_use + cached never exceed this
  int64_t allocations = 0;         ///< blocks given out so far
  int64_t system_allocations = 0;  ///< how many of them went to the system
};

/// A block of device memory. Plain data; null `data` for zero bytes is never returned: empty arrays
/// have a block too.
struct Block {
  void* data = nullptr;
  size_t bytes = 0;  ///< its size; of these only those asked for may be touched
};

class MemoryPool {
 public:
  virtual ~MemoryPool() = default;

  /// At least `bytes` bytes. When the limit is hit it frees its cache, asks the reclaimer (see
  /// below) and tries again; then throws kOutOfMemory with the figures and the largest live
  /// allocations and their makers.
  virtual Block allocate(size_t bytes) = 0;
  /// Takes a block back. Never waits. On a device with queues the caller (the engine's rules) makes
  /// sure that the last use has been issued before.
  virtual void release(Block block) noexcept = 0;
  /// Returns cached blocks to the system.
  virtual void emptyCache() noexcept = 0;

  virtual PoolStats stats() const = 0;
  virtual void resetPeak() = 0;
  /// 0 restores the default (the container's limit, less a reserve).
  virtual void setLimit(int64_t bytes) = 0;
  virtual Device device() const noexcept = 0;
};

/// The pool of `device`; throws kInvalidArgument if the device does not exist.
MemoryPool& poolOf(Device device);

/// Names the maker of allocations on this thread from here to the end of the scope (an operator's
/// name), for the out-of-memory list. The text must outlive the blocks: operators' names and
/// literals do.
class MakerScope {
 public:
  explicit MakerScope(const char* maker) noexcept;
  ~MakerScope();
  MakerScope(const MakerScope&) = delete;
  MakerScope& operator=(const MakerScope&) = delete;

 private:
  const char* previous_;
};

/// Called, without locks held, when a pool is about to fail: may make owners let go of memory (the
/// JVM's collector) and returns whether trying again makes sense.
using Reclaimer = bool (*)(Device device, size_t wanted_bytes);
void setReclaimer(Reclaimer reclaimer) noexcept;

/// What this process may use: the container's limit (cgroup v1 or v2) or physical memory, whichever
/// is less.
int64_t hostMemoryLimit();

}  // namespace tenon
