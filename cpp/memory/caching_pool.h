// The caching allocator of one device.
//
// Small blocks (up to 64 KiB) are carved out of slabs and kept in lists by size class; on the CPU
// every thread has some of each class for itself, so that taking and returning one is a few
// instructions. Large blocks come from the system one by one; after use the newest that fits
// without wasting more than a fifth is given out again. Kept large blocks never take the pool
// beyond the most it recently had in use (or 256 MiB): the longest unused ones go back.
//
// Figures: what comes from the system is in use or cached. A thread counts its small blocks itself
// and adds them to the pool's figure every 64 KiB, so the peak is exact to that much per thread.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "memory/pool.h"
#include "memory/size_class.h"

namespace tenon {

class CachingPool;

/// A thread's own small blocks of one pool.
class ThreadCache {
 public:
  static constexpr uint32_t kSlots = 64;

  struct Bin {
    uint32_t count = 0;
    uint32_t capacity = 0;
    void* blocks[kSlots];
  };

  ThreadCache();
  Bin& bin(int index) noexcept { return bins_[static_cast<size_t>(index)]; }
  /// Notes bytes given out (or returned: negative); true if it is time to tell the pool.
  bool count(int64_t bytes, int64_t allocations) noexcept {
    const int64_t sum = bytes_.load(std::memory_order_relaxed) + bytes;
    bytes_.store(sum, std::memory_order_relaxed);
    allocations_.store(allocations_.load(std::memory_order_relaxed) + allocations,
                       std::memory_order_relaxed);
    return sum > kTold || sum < -kTold;
  }

 private:
  friend class CachingPool;
  static constexpr int64_t kTold = 64 << 10;

  // Written by the thread alone.
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> allocations_{0};
  std::array<Bin, kSmallClasses> bins_;
};

class CachingPool final : public MemoryPool {
 public:
  explicit CachingPool(Device device);
  /// For pools of tests, whose blocks have all come back; the process's pools live for ever.
  ~CachingPool() override { emptyCache(); }

  Block allocate(size_t bytes) override;
  void release(Block block) noexcept override;
  void emptyCache() noexcept override;
  PoolStats stats() const override;
  void resetPeak() override;
  void setLimit(int64_t bytes) override;
  Device device() const noexcept override { return device_; }

  /// A thread ends: takes its blocks.
  void retire(ThreadCache* cache) noexcept;

 private:
  struct Slab {
    size_t bytes = 0;
    int index = 0;  ///< of its blocks' class
  };
  struct Live {
    size_t bytes = 0;
    const char* maker = "";
  };

  int64_t defaultLimit() const;
  ThreadCache* localCache() noexcept;

  Block take(size_t bytes);
  void put(Block block) noexcept;
  Block allocateSmall(int index, ThreadCache* cache);
  void takeSmall(int index, ThreadCache* cache, void** one);
  void addSlab(int index, size_t asked);
  void returnSmall(int index, ThreadCache* cache, void* data) noexcept;
  void tell(ThreadCache& cache) noexcept;

  Block allocateLarge(size_t bytes);
  void releaseLarge(Block block) noexcept;
  void* takeKept(size_t bytes, size_t* found);
  void keepWithin(int64_t bytes) noexcept;

  /// Memory from the system, whatever that takes; throws kOutOfMemory.
  void* fromSystem(size_t bytes, size_t asked);
  void* tryFromSystem(size_t bytes);
  void toSystem(void* data, size_t bytes) noexcept;
  void releaseFreeSlabs() noexcept;
  void use(int64_t bytes) noexcept;
  int64_t inUse() const;
  [[noreturn]] void failOutOfMemory(size_t asked);

  const Device device_;
  const bool thread_caches_;
  std::atomic<int64_t> limit_;
  std::atomic<int64_t> system_bytes_{0};
  std::atomic<int64_t> in_use_{0};  ///< as far as told by threads
  std::atomic<int64_t> peak_{0};
  std::atomic<int64_t> allocations_{0};
  std::atomic<int64_t> system_allocations_{0};

  mutable std::mutex small_mutex_;
  std::array<std::vector<void*>, kSmallClasses> free_small_;
  std::map<char*, Slab> slabs_;
  std::vector<ThreadCache*> caches_;

  mutable std::mutex large_mutex_;
  uint64_t clock_ = 0;
  std::map<uint64_t, Block> kept_by_age_;
  std::set<std::pair<size_t, uint64_t>>
      kept_by_size_;  ///< with the complement of the age: newest first
  int64_t kept_bytes_ = 0;
  int64_t recent_most_ = 0;  ///< most bytes in use, slowly forgotten
  std::unordered_map<void*, Live> live_;
};

/// The name that the calling thread's innermost MakerScope gave.
const char* currentMaker() noexcept;
Reclaimer currentReclaimer() noexcept;
/// Empties the caches of all pools that devices of that type have.
void emptyPoolsOf(DeviceType type) noexcept;

}  // namespace tenon
