#include "memory/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "device/cpu_runtime.h"
#include "device/runtime.h"
#include "memory/caching_pool.h"
#include "memory/size_class.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kMiB = size_t{1} << 20;

TEST(SizeClass, holdsWhatIsAskedForAndWastesLittle) {
  for (size_t bytes = 1; bytes <= kSmallBytes; ++bytes) {
    const int index = smallClassOf(bytes);
    ASSERT_LT(index, kSmallClasses);
    const size_t size = smallClassBytes(index);
    ASSERT_GE(size, bytes);
    ASSERT_EQ(size % 64, 0u);
    ASSERT_EQ(smallClassOf(size), index);
    if (index > 0) {
      ASSERT_LT(smallClassBytes(index - 1), bytes);
    }
  }
  for (size_t bytes = kSmallBytes + 1; bytes < 512 * kMiB; bytes += bytes / 7) {
    const size_t size = largeBytes(bytes);
    ASSERT_GE(size, bytes);
    ASSERT_LE(size, bytes + bytes / 8 + 4096);
    ASSERT_EQ(largeBytes(size), size);
  }
  EXPECT_EQ(largeBytes(SIZE_MAX), 0u);
}

TEST(HostMemory, hasALimitWithinTheMachine) {
  EXPECT_GT(hostMemoryLimit(), int64_t{64} << 20);
  EXPECT_LE(hostMemoryLimit(), runtimeOf(DeviceType::kCpu).memoryInfo(0).total_bytes);
}

class PoolTest : public ::testing::Test {
 protected:
  // An own pool, so that nobody else's blocks are in the figures. Beyond the devices' ids threads
  // keep no blocks.
  CachingPool pool_{Device{DeviceType::kCpu, kCpuIds + 1}};
};

TEST_F(PoolTest, blocksAreAlignedDistinctAndLargeEnough) {
  std::vector<Block> blocks;
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{1000},
                       size_t{5000}, size_t{65536}, size_t{65537}, 3 * kMiB, 10 * kMiB}) {
    for (int i = 0; i < 3; ++i) {
      const Block block = pool_.allocate(bytes);
      ASSERT_NE(block.data, nullptr);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block.data) % 64, 0u);
      EXPECT_GE(block.bytes, bytes);
      std::memset(block.data, i, bytes);
      blocks.push_back(block);
    }
  }
  std::sort(blocks.begin(), blocks.end(), [](Block a, Block b) { return a.data < b.data; });
  for (size_t i = 1; i < blocks.size(); ++i) {
    EXPECT_LE(static_cast<char*>(blocks[i - 1].data) + blocks[i - 1].bytes, blocks[i].data);
  }
  for (const Block& block : blocks) pool_.release(block);
  EXPECT_EQ(pool_.stats().in_use_bytes, 0);
}

TEST_F(PoolTest, largeBlocksAreReusedWithoutTheSystem) {
  const Block first = pool_.allocate(64 * kMiB);
  pool_.release(first);
  const int64_t before = pool_.stats().system_allocations;
  for (int i = 0; i < 10; ++i) {
    const Block again = pool_.allocate(60 * kMiB);
    EXPECT_EQ(again.data, first.data);
    EXPECT_EQ(again.bytes, first.bytes);
    pool_.release(again);
  }
  EXPECT_EQ(pool_.stats().system_allocations, before);
  const Block small = pool_.allocate(40 * kMiB);  // would waste too much of the first
  EXPECT_NE(small.data, first.data);
  pool_.release(small);
}

TEST_F(PoolTest, statisticsAddUp) {
  EXPECT_EQ(pool_.stats().in_use_bytes, 0);
  const Block a = pool_.allocate(100);
  const Block b = pool_.allocate(kMiB);
  PoolStats stats = pool_.stats();
  EXPECT_EQ(stats.in_use_bytes, static_cast<int64_t>(a.bytes + b.bytes));
  EXPECT_EQ(stats.peak_bytes, stats.in_use_bytes);
  EXPECT_EQ(stats.allocations, 2);
  EXPECT_EQ(stats.system_allocations, 2);
  pool_.release(b);
  stats = pool_.stats();
  EXPECT_EQ(stats.in_use_bytes, static_cast<int64_t>(a.bytes));
  EXPECT_GE(stats.cached_bytes, static_cast<int64_t>(b.bytes));
  EXPECT_GE(stats.peak_bytes, static_cast<int64_t>(b.bytes));
  pool_.resetPeak();
  EXPECT_EQ(pool_.stats().peak_bytes, static_cast<int64_t>(a.bytes));
  pool_.release(a);
  pool_.emptyCache();
  stats = pool_.stats();
  EXPECT_EQ(stats.in_use_bytes, 0);
  EXPECT_EQ(stats.cached_bytes, 0);
}

TEST_F(PoolTest, anEmptiedCacheKeepsSlabsThatAreInUse) {
  std::vector<Block> blocks;
  for (int i = 0; i < 5000; ++i) blocks.push_back(pool_.allocate(256));
  const Block kept = blocks[1234];
  std::memset(kept.data, 7, 256);
  blocks.erase(blocks.begin() + 1234);
  for (const Block& block : blocks) pool_.release(block);
  const int64_t before = pool_.stats().cached_bytes;
  pool_.emptyCache();
  EXPECT_LT(pool_.stats().cached_bytes, before / 4);
  EXPECT_EQ(static_cast<char*>(kept.data)[255], 7);
  pool_.release(kept);
}

TEST_F(PoolTest, whatIsKeptStaysWithinTheRecentMost) {
  // 1 GiB passes through in many sizes, never more than 64 MiB at once.
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) pool_.release(pool_.allocate(random() % (64 * kMiB) + kSmallBytes));
  const PoolStats stats = pool_.stats();
  EXPECT_EQ(stats.in_use_bytes, 0);
  EXPECT_LE(stats.cached_bytes, static_cast<int64_t>(257 * kMiB));
}

TEST_F(PoolTest, theLimitHoldsAndTheErrorNamesWhoHasTheMemory) {
  pool_.setLimit(64 * kMiB);
  EXPECT_EQ(pool_.stats().limit_bytes, static_cast<int64_t>(64 * kMiB));
  std::vector<Block> blocks;
  {
    const MakerScope convolution("Convolution");
    for (int i = 0; i < 3; ++i) blocks.push_back(pool_.allocate(16 * kMiB));
    const MakerScope pooling("Pooling");
    blocks.push_back(pool_.allocate(8 * kMiB));
  }
  blocks.push_back(pool_.allocate(100));
  try {
    pool_.allocate(16 * kMiB);
    FAIL() << "beyond the limit";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
    EXPECT_THAT(error.message(),
                HasSubstr("is out of memory: 16.0 MiB asked for, 56.0 MiB in use"));
    EXPECT_THAT(error.message(), HasSubstr("limit 64.0 MiB"));
    EXPECT_THAT(error.message(), HasSubstr("In use: 3 x 16.0 MiB by Convolution, 1 x 8.0 MiB by "
                                           "Pooling, 128 B in small blocks"));
  }
  // The program goes on.
  pool_.release(blocks.front());
  blocks.erase(blocks.begin());
  blocks.push_back(pool_.allocate(15 * kMiB));
  for (const Block& block : blocks) pool_.release(block);
}

TEST_F(PoolTest, askingForTheImpossibleIsOutOfMemory) {
  for (const size_t bytes : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 8}) {
    try {
      pool_.allocate(bytes);
      FAIL() << bytes << " bytes were given out";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
    }
  }
  EXPECT_THROW(pool_.setLimit(-1), Error);
}

TEST_F(PoolTest, theCacheGoesBeforeAnAllocationFails) {
  pool_.setLimit(64 * kMiB);
  std::vector<Block> blocks;
  for (int i = 0; i < 6; ++i) blocks.push_back(pool_.allocate(10 * kMiB));
  for (const Block& block : blocks) pool_.release(block);
  const Block large = pool_.allocate(60 * kMiB);
  EXPECT_GE(large.bytes, 60 * kMiB);
  pool_.release(large);
}

CachingPool* reclaimed_pool = nullptr;
Block reclaimable;
std::atomic<int> reclaims{0};

TEST_F(PoolTest, theReclaimerIsAskedBeforeAnAllocationFails) {
  pool_.setLimit(64 * kMiB);
  reclaimed_pool = &pool_;
  reclaimable = pool_.allocate(48 * kMiB);
  reclaims = 0;
  setReclaimer([](Device, size_t wanted) {
    EXPECT_GE(wanted, 32 * kMiB);
    ++reclaims;
    if (reclaimable.data == nullptr) return false;
    reclaimed_pool->release(reclaimable);
    reclaimable = {};
    return true;
  });
  const Block block = pool_.allocate(32 * kMiB);
  EXPECT_EQ(reclaims, 1);
  EXPECT_THROW(pool_.allocate(40 * kMiB), Error);
  EXPECT_EQ(reclaims, 2);
  EXPECT_THROW(pool_.allocate(65 * kMiB), Error);  // no collection could help
  EXPECT_EQ(reclaims, 2);
  setReclaimer(nullptr);
  pool_.release(block);
}

TEST(ThreadedPool, blocksMayBeReturnedByOtherThreads) {
  MemoryPool& pool = poolOf(Device::cpu(3));
  const int64_t before = pool.stats().in_use_bytes;
  constexpr int kThreads = 4;
  std::vector<std::vector<Block>> given(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(static_cast<uint64_t>(t));
      for (int i = 0; i < 3000; ++i) {
        const size_t bytes = i % 50 == 0 ? random() % kMiB + 1 : random() % 3000 + 1;
        const Block block = pool.allocate(bytes);
        std::memset(block.data, t, std::min<size_t>(bytes, 64));
        given[static_cast<size_t>(t)].push_back(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  threads.clear();
  std::vector<const void*> all;
  for (const auto& blocks : given) {
    for (const Block& block : blocks) all.push_back(block.data);
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const size_t other = static_cast<size_t>((t + 1) % kThreads);
      for (const Block& block : given[other]) {
        EXPECT_EQ(*static_cast<char*>(block.data), static_cast<char>(other));
        pool.release(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.stats().in_use_bytes, before);
  // Threads that ended gave their blocks back: nothing is in the way of returning all of it.
  pool.emptyCache();
  EXPECT_EQ(pool.stats().cached_bytes, 0);
}

TEST(ThreadedPool, threadsAtTheLimitGoOn) {
  MemoryPool& pool = poolOf(Device::cpu(5));
  pool.setLimit(static_cast<int64_t>(48 * kMiB));
  std::atomic<int> failures{0};
  std::atomic<int> given{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(static_cast<uint64_t>(t));
      std::vector<Block> held;
      for (int i = 0; i < 400; ++i) {
        try {
          held.push_back(
              pool.allocate(random() % 8 == 0 ? random() % (12 * kMiB) : random() % 9000));
          *static_cast<char*>(held.back().data) = 1;
          ++given;
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
          ++failures;
        }
        if (i % 50 == 0) pool.emptyCache();
        if (i % 30 == 0) {
          const PoolStats stats = pool.stats();
          EXPECT_LE(stats.in_use_bytes, stats.limit_bytes);
        }
        if (held.size() > 20) {
          std::swap(held[random() % held.size()], held.back());
          pool.release(held.back());
          held.pop_back();
        }
      }
      for (const Block& block : held) pool.release(block);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(given, 400);
  EXPECT_EQ(given + failures, 1600);
  EXPECT_EQ(pool.stats().in_use_bytes, 0);
  pool.setLimit(0);
  pool.release(pool.allocate(64 * kMiB));
}

TEST(ThreadedPool, smallBlocksComeFromTheThreadsOwnCache) {
  MemoryPool& pool = poolOf(Device::cpu(4));
  pool.release(pool.allocate(16));
  const PoolStats before = pool.stats();
  for (int i = 0; i < 1000; ++i) pool.release(pool.allocate(16));
  const PoolStats after = pool.stats();
  EXPECT_EQ(after.system_allocations, before.system_allocations);
  EXPECT_EQ(after.allocations, before.allocations + 1000);
  EXPECT_EQ(after.in_use_bytes, before.in_use_bytes);
}

TEST(PoolOf, isOnePerDevice) {
  EXPECT_EQ(&poolOf(Device::cpu(0)), &poolOf(Device::cpu(0)));
  EXPECT_NE(&poolOf(Device::cpu(0)), &poolOf(Device::cpu(1)));
  EXPECT_EQ(poolOf(Device::cpu(1)).device(), Device::cpu(1));
  for (const Device device : {Device::cpu(-1), Device::cpu(1000), Device::gpu(99),
                              Device{static_cast<DeviceType>(77), 0}}) {
    EXPECT_THROW(poolOf(device), Error);
  }
}

}  // namespace
}  // namespace tenon
