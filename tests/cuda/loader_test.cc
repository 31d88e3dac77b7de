// Finding, checking and refusing device libraries: each test in a process of its own, as a process
// loads one library and asks the driver once.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/build_info.h"
#include "base/error.h"
#include "cuda_library.h"
#include "device/plugin.h"
#include "emulator/controls.h"
#include "exec/invoke.h"
#include "ops/registry/registry.h"
#include "support/fake_device.h"
#include "tensor/ndarray.h"

namespace tenon {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const std::string kEmulated = testing::pluginFolder() + "/libtenon_cuda_emulated.so";

std::string refusal(const std::string& path) {
  try {
    loadPlugin(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    return error.message();
  }
  return "loaded";
}

std::string messageOf(Device device) {
  try {
    checkDevice(device);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

/// Prints what `body` gives to standard error and ends the process: what EXPECT_EXIT reads.
template <class F>
void say(F&& body) {
  const std::string text = body();
  std::fprintf(stderr, "%s\n", text.c_str());
  std::_Exit(0);
}

/// Before the library is loaded: what its driver will say.
void setDriver(cudaError_t code, int version) {
  void* const library = dlopen(kEmulated.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  reinterpret_cast<decltype(&emulateDriver)>(dlsym(library, "emulateDriver"))(code, version);
}

const ::testing::ExitedWithCode kEnds{0};

TEST(LoaderDeathTest, refusesWhatIsNoLibrary) {
  EXPECT_EXIT(say([] { return refusal("/nowhere/libtenon_cuda.so"); }), kEnds,
              HasSubstr("it cannot be loaded: /nowhere/libtenon_cuda.so"));
  EXPECT_EXIT(say([] { return refusal(testing::pluginFolder() + "/libtenon_no_plugin.so"); }),
              kEnds, HasSubstr("libtenon_no_plugin.so is no device library of Tenon"));
}

TEST(LoaderDeathTest, refusesAnotherBuild) {
  EXPECT_EXIT(say([] { return refusal(testing::pluginFolder() + "/libtenon_other_build.so"); }),
              kEnds,
              HasSubstr("libtenon_other_build.so is of another build (0123456789abcdef) than "
                        "libtenon (" +
                        std::string(kEdgeHash) + ")"));
}

std::string answerToAnotherCore() {
  void* const library = dlopen(kEmulated.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kPluginEntry));
  HostApi host{};
  host.edge_hash = "fedcba9876543210";
  PluginApi api{};
  PluginFailure failure{};
  const int32_t code = entry(&host, &api, &failure);
  return concat(code, " ", failure.message);
}

TEST(LoaderDeathTest, isRefusedByALibraryOfAnotherBuild) {
  EXPECT_EXIT(say(answerToAnotherCore), kEnds,
              HasSubstr(concat(static_cast<int>(ErrorKind::kUnsupported),
                               " libtenon_cuda.so is of another build (", kEdgeHash,
                               ") than libtenon (fedcba9876543210)")));
}

TEST(LoaderDeathTest, findsNoDeviceWithoutADriver) {
  EXPECT_EXIT(say([] {
                setDriver(cudaErrorInsufficientDriver, 0);
                return refusal(kEmulated);
              }),
              kEnds, "^no NVIDIA driver is installed");
  EXPECT_EXIT(say([] {
                setDriver(cudaErrorInsufficientDriver, 12040);
                return refusal(kEmulated);
              }),
              kEnds, "^the NVIDIA driver is for CUDA 12.4, and CUDA 13.0 needs a newer one");
  EXPECT_EXIT(say([] {
                setDriver(cudaErrorNoDevice, 13000);
                return refusal(kEmulated);
              }),
              kEnds, "^the NVIDIA driver finds no GPU");
}

TEST(LoaderDeathTest, saysWhyThereIsNoGpu) {
  EXPECT_EXIT(say([] { return messageOf(Device::gpu(0)); }), kEnds,
              "gpu.0. does not exist: libtenon_cuda.so is not in ");
  EXPECT_EXIT(say([] {
                setenv("TENON_CUDA_LIBRARY", "none", 1);
                return messageOf(Device::gpu(1));
              }),
              kEnds, "gpu.1. does not exist: TENON_CUDA_LIBRARY is none");
  EXPECT_EXIT(say([] {
                setenv("TENON_CUDA_LIBRARY", kEmulated.c_str(), 1);
                setDriver(cudaErrorInsufficientDriver, 0);
                return concat(deviceCount(DeviceType::kGpu), " ", whyNone(DeviceType::kGpu));
              }),
              kEnds, "^0 no NVIDIA driver is installed");
}

TEST(LoaderDeathTest, loadsAtTheFirstUseOfAGpu) {
  EXPECT_EXIT(say([] {
                setenv("TENON_CUDA_LIBRARY", kEmulated.c_str(), 1);
                const bool before = findOp("exp").kernel(DeviceType::kGpu) != nullptr;
                const int count = deviceCount(DeviceType::kGpu);
                const bool after = findOp("exp").kernel(DeviceType::kGpu) != nullptr;
                return concat(before, count, after, " ", messageOf(Device::gpu(7)));
              }),
              kEnds, "^021 gpu.7. does not exist: this machine has 2 gpus");
}

template <class F>
F* control(const char* name) {
  return reinterpret_cast<F*>(dlsym(dlopen(kEmulated.c_str(), RTLD_NOW | RTLD_LOCAL), name));
}

NDArray arrayOn(int gpu) {
  const std::vector<float> values(20000, 2);
  NDArray array = NDArray::empty({20000}, DType::kFloat32, Device::gpu(gpu));
  array.copyFromHost(values.data(), array.bytes());
  return array;
}

TEST(LoaderDeathTest, leavesUnusedDevicesAlone) {
  EXPECT_EXIT(say([] {
                setenv("TENON_CUDA_LIBRARY", kEmulated.c_str(), 1);
                const NDArray x = arrayOn(1);
                const NDArray y = invoke("elemwise_add", {}, {x, x}).at(0);
                std::vector<float> values(20000);
                y.copyToHost(values.data(), y.bytes());
                runtimeOf(DeviceType::kGpu).memoryInfo(1);
                return concat(values.back(), ", contexts ",
                              control<decltype(emulatedContexts)>("emulatedContexts")());
              }),
              kEnds, "^4, contexts 2");
}

/// Ends the process while four threads issue work and wait for it.
void exitInTheMiddle() {
  setenv("TENON_CUDA_LIBRARY", kEmulated.c_str(), 1);
  std::atomic<int> issued{0};
  for (int i = 0; i < 4; ++i) {
    std::thread([&issued, i] {
      std::vector<float> values(20000);
      for (;;) {
        try {
          NDArray y = arrayOn(i % 2);
          for (int k = 0; k < 4; ++k) y = invoke("elemwise_add", {}, {y, y}).at(0);
          ++issued;
          // Bounds what is under way: the process's end waits for two seconds of it.
          y.copyToHost(values.data(), y.bytes());
        } catch (const Error&) {
          // The devices end with the process.
        }
      }
    }).detach();
  }
  while (issued.load() < 8) std::this_thread::yield();
  std::exit(0);
}

TEST(LoaderDeathTest, endsWithWorkUnderWay) {
  for (int i = 0; i < 3; ++i) EXPECT_EXIT(exitInTheMiddle(), kEnds, "^$");
}

TEST(LoaderDeathTest, takesNoSecondLibrary) {
  EXPECT_EXIT(say([] {
                loadPlugin(kEmulated);
                try {
                  loadPlugin(kEmulated);
                } catch (const Error& error) {
                  return error.message();
                }
                return std::string("loaded twice");
              }),
              kEnds, "already has a kernel for gpu");
}

}  // namespace
}  // namespace tenon
