#include "runtime/device.h"

#include <vector>

#include "runtime/error.h"
#include "runtime/queue.h"

namespace tenon::cuda {
namespace {

/// What our machine code is for (see cuda/CMakeLists.txt).
constexpr int kLeastMajor = 9;

struct Gpu {
  int ordinal;
  cudaDeviceProp properties;
};

struct Gpus {
  std::vector<Gpu> all;
  std::string why_none;
};

std::string version(int number) { return concat(number / 1000, ".", number % 1000 / 10); }

std::string whyCountFailed(cudaError_t code) {
  int driver = 0;
  static_cast<void>(cudaGetLastError());
  if (code == cudaErrorInsufficientDriver) {
    if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
      return "no NVIDIA driver is installed";
    return concat("the NVIDIA driver is for CUDA ", version(driver), ", and CUDA ",
                  version(CUDART_VERSION), " needs a newer one");
  }
  if (code == cudaErrorNoDevice) return "the NVIDIA driver finds no GPU";
  return concat("CUDA cannot start: ", cudaGetErrorString(code), " (", cudaGetErrorName(code), ")");
}

Gpus find() {
  Gpus found;
  int count = 0;
  if (const cudaError_t code = cudaGetDeviceCount(&count); code != cudaSuccess) {
    found.why_none = whyCountFailed(code);
    return found;
  }
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    Gpu gpu{ordinal, {}};
    if (cudaGetDeviceProperties(&gpu.properties, ordinal) != cudaSuccess) continue;
    if (gpu.properties.major >= kLeastMajor) {
      found.all.push_back(gpu);
    } else {
      found.why_none =
          concat("the ", gpu.properties.name, " has compute capability ", gpu.properties.major, ".",
                 gpu.properties.minor, ", and ", kLeastMajor, ".0 is needed");
    }
  }
  if (!found.all.empty()) {
    found.why_none.clear();
  } else if (found.why_none.empty()) {
    found.why_none = "the NVIDIA driver finds no GPU";
  }
  return found;
}

/// Looked for once. Leaked: devices are used until the very end.
const Gpus& gpus() {
  static const Gpus* const found = new Gpus(find());
  return *found;
}

/// Whether the process has a context on CUDA's device number `ordinal`.
bool isOpen(int ordinal) {
  using GetState = int (*)(int device, unsigned* flags, int* active);
  static const auto getState = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found{};
    constexpr unsigned kSince = 7000;
    if (cudaGetDriverEntryPointByVersion("cuDevicePrimaryCtxGetState", &function, kSince,
                                         cudaEnableDefault, &found) != cudaSuccess) {
      static_cast<void>(cudaGetLastError());
    }
    return reinterpret_cast<GetState>(function);
  }();
  unsigned flags = 0;
  int active = 0;
  return getState == nullptr || getState(ordinal, &flags, &active) != 0 || active != 0;
}

const Gpu& gpu(int id) {
  TENON_CHECK(id >= 0 && id < deviceCount(), kInternal, "there is no gpu(", id, ")");
  return gpus().all[static_cast<size_t>(id)];
}

}  // namespace

int deviceCount() noexcept { return static_cast<int>(gpus().all.size()); }
const std::string& whyNoDevice() noexcept { return gpus().why_none; }
int ordinalOf(int id) { return gpu(id).ordinal; }
int multiprocessorsOf(int id) { return gpu(id).properties.multiProcessorCount; }

std::string describeDevice(int id) {
  const cudaDeviceProp& p = gpu(id).properties;
  int driver = 0;
  checkCuda(cudaDriverGetVersion(&driver), "asking for the driver's version");
  return concat(p.name, ", compute capability ", p.major, ".", p.minor, ", ", p.multiProcessorCount,
                " multiprocessors, ", p.totalGlobalMem >> 20, " MiB of memory, driver for CUDA ",
                version(driver));
}

MemoryInfo memoryOf(int id) {
  const DeviceScope scope(id);
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  checkOn(id, cudaMemGetInfo(&free_bytes, &total_bytes), "asking for the memory's state");
  return {.total_bytes = static_cast<int64_t>(total_bytes),
          .free_bytes = static_cast<int64_t>(free_bytes)};
}

void* allocate(int id, size_t bytes) {
  const DeviceScope scope(id);
  void* data = nullptr;
  const cudaError_t code = cudaMalloc(&data, bytes);
  if (code == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());
    return nullptr;
  }
  checkOn(id, code, "allocating memory");
  return data;
}

void release(int id, void* data) noexcept {
  // Fails after a fault, and while the process exits: nothing is to be freed then.
  try {
    const DeviceScope scope(id);
    static_cast<void>(cudaFree(data));
  } catch (const Error&) {
    return;
  }
}

DeviceScope::DeviceScope(int id) {
  const int wanted = ordinalOf(id);
  int current = -1;
  checkCuda(cudaGetDevice(&current), "asking for the current device");
  if (current == wanted) return;
  // Choosing a device opens it, and so would choosing one again that nobody has used.
  if (isOpen(current)) previous_ = current;
  checkOn(id, cudaSetDevice(wanted), "choosing a device");
}

DeviceScope::~DeviceScope() {
  if (previous_ >= 0) static_cast<void>(cudaSetDevice(previous_));
}

}  // namespace tenon::cuda
