#include "memory/pool.h"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "device/runtime.h"
#include "memory/caching_pool.h"

namespace tenon {
namespace {

constinit thread_local const char* current_maker = "";
std::atomic<Reclaimer> reclaimer{nullptr};

constexpr int kTypes = 8;
constexpr int kIds = 64;

/// Made on first use and leaked: arrays may be freed while the process exits.
struct Pools {
  std::mutex mutex;
  std::array<std::array<std::atomic<MemoryPool*>, kIds>, kTypes> by_device{};
};

Pools& pools() {
  static Pools* const instance = new Pools;
  return *instance;
}

}  // namespace

MemoryPool& poolOf(Device device) {
  const auto type = static_cast<size_t>(device.type);
  if (type >= kTypes || device.id < 0 || device.id >= kIds) checkDevice(device);
  std::atomic<MemoryPool*>& pool = pools().by_device[type][static_cast<size_t>(device.id)];
  if (MemoryPool* made = pool.load(std::memory_order_acquire)) return *made;
  checkDevice(device);
  std::scoped_lock lock(pools().mutex);
  if (pool.load(std::memory_order_relaxed) == nullptr) {
    pool.store(new CachingPool(device), std::memory_order_release);
  }
  return *pool.load(std::memory_order_relaxed);
}

void emptyPoolsOf(DeviceType type) noexcept {
  for (std::atomic<MemoryPool*>& pool : pools().by_device[static_cast<size_t>(type)]) {
    if (MemoryPool* made = pool.load(std::memory_order_acquire)) made->emptyCache();
  }
}

MakerScope::MakerScope(const char* maker) noexcept : previous_(current_maker) {
  current_maker = maker;
}
MakerScope::~MakerScope() { current_maker = previous_; }
const char* currentMaker() noexcept { return current_maker; }

void setReclaimer(Reclaimer function) noexcept { reclaimer.store(function); }
Reclaimer currentReclaimer() noexcept { return reclaimer.load(); }

}  // namespace tenon
