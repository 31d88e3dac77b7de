// A kernel that fails: nothing on its device survives that, so each test is a process of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "device_arrays.h"
#include "exec/invoke.h"

namespace tenon {
namespace {

using ::testing::AllOf;
using testing::arrayOn;
using ::testing::HasSubstr;
using testing::valuesOf;

std::string errorOf(const NDArray& array) {
  try {
    valuesOf(array);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

/// An array whose kernels fail: a real device finds no memory there, the emulated one is told to.
NDArray faulty() {
  auto* const fault = testing::control<decltype(emulateFault)>("emulateFault");
  if (fault != nullptr) {
    NDArray array = arrayOn(Device::gpu(), {1, 2, 3});
    testing::gpu().queue(0, QueueKind::kCompute)->synchronize();
    fault(cudaErrorIllegalAddress);
    return array;
  }
  void* const nowhere = reinterpret_cast<void*>(uintptr_t{4096});
  return {Storage::wrap(Device::gpu(), nowhere, 4096, [] {}), 0, Shape({3}), DType::kFloat32};
}

/// What a program sees of a fault, in lines.
void reportFault() {
  const NDArray host = arrayOn(Device::cpu(), {1, 2, 3});
  const NDArray before = arrayOn(Device::gpu(), {1, 2, 3});
  const bool two = testing::gpu().count() > 1 && !testing::isEmulated();
  const NDArray elsewhere = arrayOn(two ? Device::gpu(1) : Device::cpu(), {4, 5, 6});
  valuesOf(invoke("exp", {}, {before}).at(0));
  const NDArray result = invoke("exp", {}, {faulty()}).at(0);
  std::fprintf(stderr, "result: %s\n", errorOf(result).c_str());
  std::fprintf(stderr, "later: %s\n", errorOf(invoke("sin", {}, {before}).at(0)).c_str());
  std::string allocation = "no error";
  try {
    NDArray::empty(Shape({int64_t{3} << 20}), DType::kFloat32, Device::gpu());
  } catch (const Error& error) {
    allocation = error.message();
  }
  std::fprintf(stderr, "allocation: %s\n", allocation.c_str());
  const std::vector<float> sums = valuesOf(invoke("elemwise_add", {}, {host, host}).at(0));
  std::fprintf(stderr, "host: %g %g %g\n", sums[0], sums[1], sums[2]);
  const std::vector<float> twice = valuesOf(invoke("elemwise_add", {}, {elsewhere, elsewhere})[0]);
  std::fprintf(stderr, "elsewhere: %g %g %g\n", twice[0], twice[1], twice[2]);
  std::_Exit(0);
}

TEST(CudaFaultDeathTest, isReportedWithTheOperatorAndLeavesOtherDevicesAlone) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(reportFault(), ::testing::ExitedWithCode(0),
              AllOf(HasSubstr("result: "), HasSubstr("gpu(0) has failed: "),
                    HasSubstr("(cudaErrorIllegalAddress), in exp"), HasSubstr("later: "),
                    HasSubstr("allocation: gpu(0) has failed: "), HasSubstr("host: 2 4 6"),
                    HasSubstr("elsewhere: 8 10 12")));
}

}  // namespace
}  // namespace tenon
