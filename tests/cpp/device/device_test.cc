#include "device/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "device/cpu_runtime.h"
#include "device/random_stream.h"
#include "device/runtime.h"
#include "support/fake_device.h"

namespace tenon {
namespace {

std::string messageOf(Device device) {
  try {
    checkDevice(device);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(Device, hasAName) {
  EXPECT_EQ(Device::cpu().toString(), "cpu(0)");
  EXPECT_EQ(Device::gpu(3).toString(), "gpu(3)");
  EXPECT_EQ((Device{DeviceType::kPinned, 0}).toString(), "cpu_pinned(0)");
  EXPECT_EQ((Device{DeviceType::kShared, 1}).toString(), "cpu_shared(1)");
}

TEST(Device, thatDoesNotExistIsNamedWithWhatThereIs) {
  EXPECT_EQ(messageOf(Device::cpu(0)), "no error");
  EXPECT_EQ(messageOf(Device::cpu(15)), "no error");
  EXPECT_EQ(messageOf(Device::cpu(16)), "cpu(16) does not exist: ids of cpus are 0 to 15");
  EXPECT_EQ(messageOf(Device::cpu(-1)), "cpu(-1) does not exist: ids of cpus are 0 to 15");
  EXPECT_THAT(messageOf(Device::gpu(0)),
              ::testing::StartsWith("gpu(0) does not exist: libtenon_cuda.so is not in "));
  testing::FakeDevice fake(1);
  EXPECT_EQ(messageOf(Device::gpu(0)), "no error");
  EXPECT_EQ(messageOf(Device::gpu(3)), "gpu(3) does not exist: this machine has 1 gpu");
}

TEST(Runtime, isFoundByType) {
  EXPECT_EQ(runtimeOf(DeviceType::kCpu).type(), DeviceType::kCpu);
  EXPECT_EQ(deviceCount(DeviceType::kGpu), 0);
  EXPECT_EQ(deviceCount(static_cast<DeviceType>(99)), 0);
  try {
    runtimeOf(DeviceType::kGpu);
    FAIL() << "there is no gpu";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_THAT(
        error.message(),
        ::testing::StartsWith(
            "there are no devices of type gpu here, only cpu: libtenon_cuda.so is not in "));
  }
  testing::FakeDevice fake(2);
  EXPECT_EQ(deviceCount(DeviceType::kGpu), 2);
  EXPECT_EQ(&runtimeOf(DeviceType::kGpu), &fake.runtime());
  EXPECT_THROW(registerRuntime(std::make_unique<testing::FakeRuntime>(1, 1, 1)), Error);
  EXPECT_THROW(registerRuntime(nullptr), Error);
  EXPECT_THROW(unregisterRuntime(DeviceType::kCpu), Error);
}

TEST(CpuRuntime, givesAlignedMemoryAndTakesItBack) {
  DeviceRuntime& cpu = runtimeOf(DeviceType::kCpu);
  for (const size_t bytes :
       {size_t{1}, size_t{4096}, size_t{5000}, size_t{2} << 20, (size_t{5} << 20) + 1}) {
    void* data = cpu.allocate(0, bytes);
    ASSERT_NE(data, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 4096, 0u);
    std::memset(data, 1, bytes);
    cpu.release(0, data, bytes);
  }
  EXPECT_EQ(cpu.allocate(0, SIZE_MAX), nullptr);
  EXPECT_EQ(cpu.allocate(0, SIZE_MAX / 4), nullptr);
  EXPECT_EQ(cpu.queue(0, QueueKind::kCompute), nullptr);
  EXPECT_GT(cpu.memoryInfo(0).total_bytes, cpu.memoryInfo(0).free_bytes);
  EXPECT_THAT(cpu.describe(0), ::testing::HasSubstr("MiB of memory"));
}

TEST(CpuRuntime, copies) {
  const int from[] = {1, 2, 3};
  int to[3] = {};
  runtimeOf(DeviceType::kCpu).copy(nullptr, to, Device::cpu(), from, Device::cpu(1), sizeof from);
  EXPECT_THAT(to, ::testing::ElementsAre(1, 2, 3));
}

TEST(RandomStream, givesEachTaskItsPart) {
  seedAll(42);
  const RandomState first = reserveRandom(Device::cpu(), 10);
  const RandomState second = reserveRandom(Device::cpu(), 5);
  const RandomState third = reserveRandom(Device::cpu(), 1);
  EXPECT_EQ(first.seed, 42u);
  EXPECT_EQ(first.offset, 0u);
  EXPECT_EQ(second.offset, 10u);
  EXPECT_EQ(third.offset, 15u);
  EXPECT_EQ(second.seed, first.seed);
}

TEST(RandomStream, isTheSameOnDevicesOfOneIdAndDiffersBetweenIds) {
  seedAll(7);
  EXPECT_EQ(reserveRandom(Device::cpu(1), 1).seed, reserveRandom(Device::gpu(1), 1).seed);
  EXPECT_NE(reserveRandom(Device::cpu(0), 1).seed, reserveRandom(Device::cpu(1), 1).seed);
  seedDevice(Device::cpu(1), 9);
  EXPECT_EQ(reserveRandom(Device::cpu(1), 1).seed, 9u);
  seedAll(7);
  EXPECT_EQ(reserveRandom(Device::cpu(0), 1).offset, 0u);
}

}  // namespace
}  // namespace tenon
