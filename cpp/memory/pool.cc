#include "memory/pool.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "base/error.h"
#include "device/runtime.h"

namespace tenon {
namespace {

thread_local const char* current_maker = "";
std::atomic<Reclaimer> reclaimer{nullptr};

class ExactPool final : public MemoryPool {
 public:
  explicit ExactPool(Device device) : device_(device), runtime_(runtimeOf(device.type)) {}

  Block allocate(size_t bytes) override {
    bytes = (std::max<size_t>(bytes, 1) + 63) / 64 * 64;
    std::scoped_lock lock(mutex_);
    ++stats_.allocations;
    stats_.in_use_bytes += static_cast<int64_t>(bytes);
    stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.in_use_bytes);
    if (auto found = free_.find(bytes); found != free_.end()) {
      const Block block{found->second, bytes};
      free_.erase(found);
      stats_.cached_bytes -= static_cast<int64_t>(bytes);
      return block;
    }
    ++stats_.system_allocations;
    void* data = runtime_.allocate(device_.id, bytes);
    TENON_CHECK(data != nullptr, kOutOfMemory, "out of memory on ", device_.toString());
    return {data, bytes};
  }
  void release(Block block) noexcept override {
    std::scoped_lock lock(mutex_);
    free_.emplace(block.bytes, block.data);
    stats_.in_use_bytes -= static_cast<int64_t>(block.bytes);
    stats_.cached_bytes += static_cast<int64_t>(block.bytes);
  }
  void emptyCache() noexcept override {
    std::scoped_lock lock(mutex_);
    for (const auto& [bytes, data] : free_) runtime_.release(device_.id, data, bytes);
    free_.clear();
    stats_.cached_bytes = 0;
  }
  PoolStats stats() const override {
    std::scoped_lock lock(mutex_);
    return stats_;
  }
  void resetPeak() override {
    std::scoped_lock lock(mutex_);
    stats_.peak_bytes = stats_.in_use_bytes;
  }
  void setLimit(int64_t bytes) override {
    std::scoped_lock lock(mutex_);
    stats_.limit_bytes = bytes;
  }
  Device device() const noexcept override { return device_; }

 private:
  const Device device_;
  DeviceRuntime& runtime_;
  mutable std::mutex mutex_;
  std::multimap<size_t, void*> free_;
  PoolStats stats_;
};

}  // namespace

MemoryPool& poolOf(Device device) {
  static auto* const mutex = new std::mutex;
  static auto* const pools =
      new std::map<std::pair<DeviceType, int32_t>, std::unique_ptr<MemoryPool>>;
  std::scoped_lock lock(*mutex);
  std::unique_ptr<MemoryPool>& pool = (*pools)[{device.type, device.id}];
  if (!pool) {
    checkDevice(device);
    pool = std::make_unique<ExactPool>(device);
  }
  return *pool;
}

MakerScope::MakerScope(const char* maker) noexcept : previous_(current_maker) {
  current_maker = maker;
}
MakerScope::~MakerScope() { current_maker = previous_; }

void setReclaimer(Reclaimer function) noexcept { reclaimer.store(function); }

}  // namespace tenon
