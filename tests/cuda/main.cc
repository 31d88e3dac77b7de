// Runs the tests on the device library that TENON_CUDA_LIBRARY names, or on the emulated device.
#include <gtest/gtest.h>

#include <cstdio>

#include "base/settings.h"
#include "cuda_library.h"
#include "device/plugin.h"
#include "support/op_runner.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  tenon::testing::loadLibraryUnderTest();
  std::printf("%s%s\n", tenon::describePlugin().c_str(),
              tenon::runtimeOf(tenon::DeviceType::kGpu).describe(0).c_str());
  tenon::run_device = tenon::Device::gpu();
  return RUN_ALL_TESTS();
}
