// The loaded device: memory, copies, queues and fences, faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/error.h"
#include "device_arrays.h"
#include "exec/invoke.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;

using testing::arrayOn;
using testing::control;
using testing::gpu;
using testing::valuesOf;

class DeviceBuffer {
 public:
  explicit DeviceBuffer(size_t bytes, int id = 0)
      : id_(id), bytes_(bytes), data_(gpu().allocate(id, bytes)) {}
  ~DeviceBuffer() { gpu().release(id_, data_, bytes_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  void* data() const { return data_; }

 private:
  const int id_;
  const size_t bytes_;
  void* const data_;
};

std::vector<unsigned char> pattern(size_t bytes) {
  std::vector<unsigned char> values(bytes);
  uint32_t state = 1;
  for (unsigned char& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<unsigned char>(state >> 24);
  }
  return values;
}

TEST(CudaDevice, describesItself) {
  EXPECT_GE(gpu().count(), 1);
  EXPECT_THAT(gpu().describe(0), HasSubstr("compute capability 9."));
  const MemoryInfo info = gpu().memoryInfo(0);
  EXPECT_GT(info.total_bytes, 0);
  EXPECT_GT(info.free_bytes, 0);
  EXPECT_LE(info.free_bytes, info.total_bytes);
}

TEST(CudaDevice, allocatesUntilThereIsNoMore) {
  const MemoryInfo before = gpu().memoryInfo(0);
  EXPECT_EQ(gpu().allocate(0, static_cast<size_t>(before.total_bytes) * 2), nullptr);
  const DeviceBuffer some(size_t{1} << 20);
  EXPECT_NE(some.data(), nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(some.data()) % 256, 0u);
}

TEST(CudaDevice, copiesInAndOut) {
  // Through a part of a buffer, one buffer, all of them and more.
  for (const size_t bytes : {size_t{1}, size_t{65536}, size_t{65537}, size_t{4} << 20,
                             (size_t{4} << 20) + 3, (size_t{70} << 20) + 1}) {
    const std::vector<unsigned char> from = pattern(bytes);
    std::vector<unsigned char> to(bytes);
    const DeviceBuffer buffer(bytes);
    Queue* in = gpu().queue(0, QueueKind::kCopyIn);
    Queue* out = gpu().queue(0, QueueKind::kCopyOut);
    gpu().copy(in, buffer.data(), Device::gpu(), from.data(), Device::cpu(), bytes);
    out->waitFor(*in->record());
    gpu().copy(out, to.data(), Device::cpu(), buffer.data(), Device::gpu(), bytes);
    out->record()->wait();
    EXPECT_EQ(from, to) << bytes << " bytes";
  }
}

TEST(CudaDevice, copiesBetweenDevices) {
  if (gpu().count() < 2) GTEST_SKIP() << "this machine has one gpu";
  const std::vector<unsigned char> from = pattern(100003);
  std::vector<unsigned char> to(from.size());
  const DeviceBuffer first(from.size(), 0);
  const DeviceBuffer second(from.size(), 1);
  Queue* a = gpu().queue(0, QueueKind::kCompute);
  Queue* b = gpu().queue(1, QueueKind::kCompute);
  gpu().copy(a, first.data(), Device::gpu(0), from.data(), Device::cpu(), from.size());
  b->waitFor(*a->record());
  gpu().copy(b, second.data(), Device::gpu(1), first.data(), Device::gpu(0), from.size());
  gpu().copy(b, to.data(), Device::cpu(), second.data(), Device::gpu(1), from.size());
  b->synchronize();
  EXPECT_EQ(from, to);
}

TEST(CudaDevice, reachesFencesInOrder) {
  auto* const hold = control<decltype(emulateHold)>("emulateHold");
  if (hold == nullptr) GTEST_SKIP() << "a real device cannot be held";
  Queue* queue = gpu().queue(0, QueueKind::kCompute);
  EXPECT_EQ(queue->device(), Device::gpu(0));
  queue->synchronize();
  hold(1);
  const Ref<Fence> first = queue->record();
  const Ref<Fence> second = queue->record();
  EXPECT_FALSE(first->reached());
  EXPECT_FALSE(second->reached());
  hold(0);
  second->wait();
  EXPECT_TRUE(first->reached());
  EXPECT_TRUE(second->reached());
}

TEST(CudaDevice, computesThroughTheEngine) {
  NDArray x = arrayOn(Device::gpu(), {1, 2, 3, 4, 5});
  NDArray y = x;
  for (int i = 0; i < 100; ++i) y = invoke("elemwise_add", {}, {y, x}).at(0);
  EXPECT_EQ(y.device(), Device::gpu(0));
  EXPECT_THAT(valuesOf(y), ::testing::ElementsAre(101, 202, 303, 404, 505));
}

TEST(CudaDevice, namesTheOperatorThatFaulted) {
  auto* const fault = control<decltype(emulateFault)>("emulateFault");
  if (fault == nullptr) GTEST_SKIP() << "a real device does not recover from a fault";
  const NDArray x = arrayOn(Device::gpu(), {1, 2, 3});
  // A kernel of the library's, and moves.
  const std::pair<std::string, AttrMap> calls[] = {{"exp", {}}, {"reverse", {{"axis", "0"}}}};
  for (const auto& [op, attrs] : calls) {
    valuesOf(x);
    gpu().queue(0, QueueKind::kCompute)->synchronize();
    fault(cudaErrorIllegalAddress);
    const NDArray y = invoke(op, attrs, {x}).at(0);
    try {
      valuesOf(y);
      ADD_FAILURE() << "the fault was lost";
    } catch (const Error& error) {
      EXPECT_THAT(error.message(),
                  HasSubstr("gpu(0) has failed: an illegal memory access was encountered "
                            "(cudaErrorIllegalAddress), in " +
                            op));
    }
    fault(cudaSuccess);
  }
}

}  // namespace
}  // namespace tenon
