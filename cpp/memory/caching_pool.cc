#include "memory/caching_pool.h"

#include <algorithm>

#include "base/error.h"
#include "base/poison.h"
#include "base/prefetch.h"
#include "base/settings.h"
#include "device/cpu_runtime.h"
#include "device/runtime.h"

namespace tenon {
namespace {

constexpr int64_t kAlwaysKept = int64_t{256} << 20;

constinit thread_local ThreadCache* thread_caches[kCpuIds] = {};
constinit thread_local bool thread_ended = false;

/// Gives a thread's blocks back when it ends.
struct ThreadEnd {
  std::array<CachingPool*, kCpuIds> pools{};
  ~ThreadEnd() {
    thread_ended = true;
    for (size_t id = 0; id < pools.size(); ++id) {
      if (pools[id] == nullptr) continue;
      pools[id]->retire(thread_caches[id]);
      thread_caches[id] = nullptr;
    }
  }
};

thread_local ThreadEnd thread_end;

/// What all cpus' pools hold: their memory is one.
std::atomic<int64_t> host_bytes{0};

int64_t hostLimit() {
  if (settings().memory_limit > 0) return settings().memory_limit;
  // The reserve is for the JVM, code, stacks and libraries' own buffers.
  const int64_t total = hostMemoryLimit();
  const int64_t least = std::min<int64_t>(total / 4, int64_t{256} << 20);
  return total - std::clamp<int64_t>(total / 8, least, int64_t{2} << 30);
}

/// Of a block that comes next, and may have lain idle for long, what its owner writes at once.
constexpr size_t kPrefetched = 192;

size_t slabBytes(int index) {
  return std::clamp<size_t>(smallClassBytes(index) * 16, kSmallBytes, size_t{1} << 20);
}

}  // namespace

ThreadCache::ThreadCache() {
  for (int index = 0; index < kSmallClasses; ++index) {
    const size_t fitting = (size_t{256} << 10) / smallClassBytes(index);
    bin(index).capacity = static_cast<uint32_t>(std::clamp<size_t>(fitting, 4, kSlots));
  }
}

CachingPool::CachingPool(Device device)
    : device_(device), thread_caches_(device.type == DeviceType::kCpu && device.id < kCpuIds) {
  limit_ = defaultLimit();
}

int64_t CachingPool::defaultLimit() const {
  if (device_.type != DeviceType::kCpu) {
    return runtimeOf(device_.type).memoryInfo(device_.id).total_bytes;
  }
  return hostLimit();
}

ThreadCache* CachingPool::localCache() noexcept {
  if (!thread_caches_) return nullptr;
  const auto id = static_cast<size_t>(device_.id);
  if (ThreadCache* cache = thread_caches[id]) return cache;
  if (thread_ended) return nullptr;
  auto* cache = new ThreadCache;
  {
    std::scoped_lock lock(small_mutex_);
    caches_.push_back(cache);
  }
  thread_end.pools[id] = this;
  thread_caches[id] = cache;
  return cache;
}

Block CachingPool::allocate(size_t bytes) {
  const Block block = take(bytes);
  if (device_.type == DeviceType::kCpu) {
    unpoison(block.data, bytes);
    poison(static_cast<char*>(block.data) + bytes, block.bytes - bytes);
  }
  return block;
}

void CachingPool::release(Block block) noexcept {
  if (block.data == nullptr) return;
  if (device_.type == DeviceType::kCpu) poison(block.data, block.bytes);
  put(block);
}

Block CachingPool::take(size_t bytes) {
  if (bytes > kSmallBytes) return allocateLarge(bytes);
  const int index = smallClassOf(bytes);
  ThreadCache* cache = localCache();
  if (cache != nullptr) {
    if (ThreadCache::Bin& bin = cache->bin(index); bin.count > 0) {
      const size_t size = smallClassBytes(index);
      if (cache->count(static_cast<int64_t>(size), 1)) tell(*cache);
      void* const data = bin.blocks[--bin.count];
      if (bin.count > 0) prefetchForWriting(bin.blocks[bin.count - 1], kPrefetched);
      return {data, size};
    }
  }
  return allocateSmall(index, cache);
}

void CachingPool::put(Block block) noexcept {
  if (block.bytes > kSmallBytes) {
    releaseLarge(block);
    return;
  }
  const int index = smallClassOf(block.bytes);
  ThreadCache* cache = localCache();
  if (cache == nullptr) {
    use(-static_cast<int64_t>(block.bytes));
  } else {
    if (cache->count(-static_cast<int64_t>(block.bytes), 0)) tell(*cache);
    if (ThreadCache::Bin& bin = cache->bin(index); bin.count < bin.capacity) {
      bin.blocks[bin.count++] = block.data;
      return;
    }
  }
  returnSmall(index, cache, block.data);
}

void CachingPool::use(int64_t bytes) noexcept {
  const int64_t now = in_use_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

void CachingPool::tell(ThreadCache& cache) noexcept {
  use(cache.bytes_.load(std::memory_order_relaxed));
  cache.bytes_.store(0, std::memory_order_relaxed);
}

Block CachingPool::allocateSmall(int index, ThreadCache* cache) {
  const size_t size = smallClassBytes(index);
  void* data = nullptr;
  for (;;) {
    takeSmall(index, cache, &data);
    if (data != nullptr) break;
    addSlab(index, size);
  }
  if (cache != nullptr) {
    if (cache->count(static_cast<int64_t>(size), 1)) tell(*cache);
  } else {
    use(static_cast<int64_t>(size));
    allocations_.fetch_add(1, std::memory_order_relaxed);
  }
  return {data, size};
}

/// Takes one block, and half a bin's for the thread.
void CachingPool::takeSmall(int index, ThreadCache* cache, void** one) {
  std::scoped_lock lock(small_mutex_);
  std::vector<void*>& free = free_small_[static_cast<size_t>(index)];
  if (free.empty()) return;
  *one = free.back();
  free.pop_back();
  if (cache == nullptr) return;
  ThreadCache::Bin& bin = cache->bin(index);
  while (!free.empty() && bin.count < bin.capacity / 2) {
    bin.blocks[bin.count++] = free.back();
    free.pop_back();
  }
}

void CachingPool::addSlab(int index, size_t asked) {
  const size_t bytes = slabBytes(index);
  char* const base = static_cast<char*>(fromSystem(bytes, asked));
  const size_t size = smallClassBytes(index);
  std::scoped_lock lock(small_mutex_);
  slabs_[base] = {bytes, index};
  std::vector<void*>& free = free_small_[static_cast<size_t>(index)];
  // Backwards: given out from the last one on, in the order of addresses.
  for (size_t at = bytes / size; at-- > 0;) free.push_back(base + at * size);
}

/// The thread's bin is full (or there is none): half of it goes to the pool.
void CachingPool::returnSmall(int index, ThreadCache* cache, void* data) noexcept {
  std::scoped_lock lock(small_mutex_);
  std::vector<void*>& free = free_small_[static_cast<size_t>(index)];
  if (cache != nullptr) {
    ThreadCache::Bin& bin = cache->bin(index);
    const uint32_t kept = bin.capacity / 2;
    free.insert(free.end(), bin.blocks + kept, bin.blocks + bin.count);
    bin.count = kept;
  }
  free.push_back(data);
}

void CachingPool::retire(ThreadCache* cache) noexcept {
  tell(*cache);
  allocations_.fetch_add(cache->allocations_.load(std::memory_order_relaxed),
                         std::memory_order_relaxed);
  {
    std::scoped_lock lock(small_mutex_);
    for (int index = 0; index < kSmallClasses; ++index) {
      const ThreadCache::Bin& bin = cache->bin(index);
      std::vector<void*>& free = free_small_[static_cast<size_t>(index)];
      free.insert(free.end(), bin.blocks, bin.blocks + bin.count);
    }
    std::erase(caches_, cache);
  }
  delete cache;
}

Block CachingPool::allocateLarge(size_t bytes) {
  const size_t wanted = largeBytes(bytes);
  if (wanted == 0) failOutOfMemory(bytes);
  size_t size = wanted;
  void* data = takeKept(wanted, &size);
  if (data == nullptr) data = fromSystem(wanted, bytes);
  use(static_cast<int64_t>(size));
  allocations_.fetch_add(1, std::memory_order_relaxed);
  std::scoped_lock lock(large_mutex_);
  recent_most_ = std::max(recent_most_, in_use_.load(std::memory_order_relaxed));
  live_[data] = {size, currentMaker()};
  return {data, size};
}

void* CachingPool::takeKept(size_t bytes, size_t* found) {
  std::scoped_lock lock(large_mutex_);
  const auto fit = kept_by_size_.lower_bound({bytes, 0});
  if (fit == kept_by_size_.end() || fit->first > bytes + bytes / 4) return nullptr;
  const auto entry = kept_by_age_.find(~fit->second);
  void* const data = entry->second.data;
  *found = fit->first;
  kept_bytes_ -= static_cast<int64_t>(fit->first);
  kept_by_age_.erase(entry);
  kept_by_size_.erase(fit);
  return data;
}

void CachingPool::releaseLarge(Block block) noexcept {
  use(-static_cast<int64_t>(block.bytes));
  const int64_t configured = settings().memory_cache_limit;
  int64_t most = 0;
  {
    std::scoped_lock lock(large_mutex_);
    live_.erase(block.data);
    const uint64_t age = clock_++;
    kept_by_age_[age] = block;
    kept_by_size_.emplace(block.bytes, ~age);
    kept_bytes_ += static_cast<int64_t>(block.bytes);
    recent_most_ -= recent_most_ / 8192;
    most = std::max(kAlwaysKept, recent_most_ - in_use_.load(std::memory_order_relaxed));
    most = std::min(most, configured > 0 ? configured : limit_.load() / 4);
    if (kept_bytes_ <= most) return;
  }
  keepWithin(most);
}

/// Gives the longest unused blocks back to the system.
void CachingPool::keepWithin(int64_t bytes) noexcept {
  std::vector<Block> leaving;
  {
    std::scoped_lock lock(large_mutex_);
    while (kept_bytes_ > bytes) {
      const auto oldest = kept_by_age_.begin();
      leaving.push_back(oldest->second);
      kept_bytes_ -= static_cast<int64_t>(oldest->second.bytes);
      kept_by_size_.erase({oldest->second.bytes, ~oldest->first});
      kept_by_age_.erase(oldest);
    }
  }
  for (const Block& block : leaving) toSystem(block.data, block.bytes);
}

void* CachingPool::fromSystem(size_t bytes, size_t asked) {
  if (static_cast<int64_t>(bytes) > limit_.load(std::memory_order_relaxed)) failOutOfMemory(asked);
  if (void* data = tryFromSystem(bytes)) return data;
  // What would fit if less were kept.
  int64_t kept = 0;
  {
    std::scoped_lock lock(large_mutex_);
    kept = kept_bytes_;
  }
  keepWithin(std::max<int64_t>(0, kept - static_cast<int64_t>(bytes)));
  if (void* data = tryFromSystem(bytes)) return data;
  emptyCache();
  emptyPoolsOf(device_.type);
  if (void* data = tryFromSystem(bytes)) return data;
  constexpr int kReclaims = 8;
  for (int i = 0; i < kReclaims; ++i) {
    const Reclaimer reclaim = currentReclaimer();
    if (reclaim == nullptr || !reclaim(device_, asked)) break;
    emptyCache();
    if (void* data = tryFromSystem(bytes)) return data;
  }
  failOutOfMemory(asked);
}

void* CachingPool::tryFromSystem(size_t bytes) {
  const int64_t size = static_cast<int64_t>(bytes);
  int64_t held = system_bytes_.load(std::memory_order_relaxed);
  do {
    if (held + size > limit_.load(std::memory_order_relaxed)) return nullptr;
  } while (!system_bytes_.compare_exchange_weak(held, held + size, std::memory_order_relaxed));
  // A limit that a program has set may be above the default.
  const bool host = device_.type == DeviceType::kCpu;
  const bool fits = !host || host_bytes.fetch_add(size, std::memory_order_relaxed) + size <=
                                 std::max(hostLimit(), limit_.load(std::memory_order_relaxed));
  const auto forget = [&] {
    if (host) host_bytes.fetch_sub(size, std::memory_order_relaxed);
    system_bytes_.fetch_sub(size, std::memory_order_relaxed);
  };
  void* data = nullptr;
  try {
    if (fits) data = runtimeOf(device_.type).allocate(device_.id, bytes);
  } catch (...) {
    // The device has failed.
    forget();
    throw;
  }
  if (data == nullptr) {
    forget();
  } else {
    system_allocations_.fetch_add(1, std::memory_order_relaxed);
  }
  return data;
}

void CachingPool::toSystem(void* data, size_t bytes) noexcept {
  if (device_.type == DeviceType::kCpu) unpoison(data, bytes);
  runtimeOf(device_.type).release(device_.id, data, bytes);
  system_bytes_.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed);
  if (device_.type == DeviceType::kCpu) {
    host_bytes.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed);
  }
}

void CachingPool::emptyCache() noexcept {
  if (ThreadCache* cache = localCache()) {
    std::scoped_lock lock(small_mutex_);
    for (int index = 0; index < kSmallClasses; ++index) {
      ThreadCache::Bin& bin = cache->bin(index);
      std::vector<void*>& free = free_small_[static_cast<size_t>(index)];
      free.insert(free.end(), bin.blocks, bin.blocks + bin.count);
      bin.count = 0;
    }
  }
  releaseFreeSlabs();
  keepWithin(0);
}

void CachingPool::releaseFreeSlabs() noexcept {
  std::vector<std::pair<void*, size_t>> leaving;
  {
    std::scoped_lock lock(small_mutex_);
    std::map<char*, size_t> free_blocks;  // by slab
    const auto slabOf = [this](void* data) {
      return std::prev(slabs_.upper_bound(static_cast<char*>(data)));
    };
    for (const std::vector<void*>& free : free_small_) {
      for (void* data : free) ++free_blocks[slabOf(data)->first];
    }
    const auto whole = [&](const auto& slab) {
      const auto count = free_blocks.find(slab->first);
      return count != free_blocks.end() &&
             count->second == slab->second.bytes / smallClassBytes(slab->second.index);
    };
    for (std::vector<void*>& free : free_small_) {
      std::erase_if(free, [&](void* data) { return whole(slabOf(data)); });
    }
    for (auto slab = slabs_.begin(); slab != slabs_.end();) {
      if (whole(slab)) {
        leaving.emplace_back(slab->first, slab->second.bytes);
        slab = slabs_.erase(slab);
      } else {
        ++slab;
      }
    }
  }
  for (const auto& [data, bytes] : leaving) toSystem(data, bytes);
}

int64_t CachingPool::inUse() const {
  std::scoped_lock lock(small_mutex_);
  int64_t bytes = in_use_.load(std::memory_order_relaxed);
  for (const ThreadCache* cache : caches_) bytes += cache->bytes_.load(std::memory_order_relaxed);
  return bytes;
}

PoolStats CachingPool::stats() const {
  PoolStats stats;
  stats.in_use_bytes = inUse();
  stats.cached_bytes =
      std::max<int64_t>(0, system_bytes_.load(std::memory_order_relaxed) - stats.in_use_bytes);
  stats.peak_bytes = std::max(peak_.load(std::memory_order_relaxed), stats.in_use_bytes);
  stats.limit_bytes = limit_.load(std::memory_order_relaxed);
  stats.allocations = allocations_.load(std::memory_order_relaxed);
  {
    std::scoped_lock lock(small_mutex_);
    for (const ThreadCache* cache : caches_) {
      stats.allocations += cache->allocations_.load(std::memory_order_relaxed);
    }
  }
  stats.system_allocations = system_allocations_.load(std::memory_order_relaxed);
  return stats;
}

void CachingPool::resetPeak() { peak_.store(inUse(), std::memory_order_relaxed); }

void CachingPool::setLimit(int64_t bytes) {
  TENON_CHECK(bytes >= 0, kInvalidArgument, "the memory limit is ", bytes,
              " bytes, expected 0 (the default) or more");
  limit_.store(bytes == 0 ? defaultLimit() : bytes, std::memory_order_relaxed);
  if (system_bytes_.load(std::memory_order_relaxed) > limit_.load()) emptyCache();
}

}  // namespace tenon
