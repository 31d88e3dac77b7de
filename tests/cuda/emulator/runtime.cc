// The emulated run time: devices, memory, streams and events.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "checker.h"
#include "controls.h"
#include "cuda_runtime.h"

namespace tenon::cuda::emulator {
void runBlock(dim3 size, size_t shared, const std::function<void()>& body);
void runAlone(dim3 size, const std::function<void()>& body);
}  // namespace tenon::cuda::emulator

namespace {

constexpr int kDevices = 2;
constexpr size_t kMemoryBytes = size_t{256} << 20;

/// A recording of an event: reached once, by the stream that it was recorded on.
struct Recording {
  std::mutex mutex;
  std::condition_variable changed;
  bool reached = false;
};

std::atomic<bool> unloaded{false};

/// Of the whole emulated machine. Leaked, as the library may be called at exit. A program that
/// cannot call the controls before the library is used says in EMULATED_DRIVER what the driver is
/// to be: its version (0: none), or "no GPU"; with EMULATED_FAULT, the first kernel fails.
struct Machine {
  Machine() {
    // As the driver does: who calls it after that has found the process's end too late.
    std::atexit([] { unloaded = true; });
    if (std::getenv("EMULATED_FAULT") != nullptr) next_fault = cudaErrorIllegalAddress;
    const char* const given = std::getenv("EMULATED_DRIVER");
    if (given == nullptr) return;
    if (std::string_view(given) == "no GPU") {
      count_code = cudaErrorNoDevice;
    } else {
      driver = std::atoi(given);
      count_code = cudaErrorInsufficientDriver;
    }
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::map<void*, std::pair<int, size_t>> allocations;
  size_t used[kDevices] = {};
  cudaError_t count_code = cudaSuccess;
  int driver = 13000;
  bool held = false;
  std::vector<EmulatedStream*> streams;
  std::atomic<bool> contexts[kDevices] = {};
  std::atomic<cudaError_t> next_fault{cudaSuccess};
  std::atomic<cudaError_t> fault{cudaSuccess};

  std::vector<EmulatedStream*> allStreams() {
    const std::scoped_lock lock(mutex);
    return streams;
  }
};

Machine& machine() {
  static Machine* const instance = new Machine;
  return *instance;
}

thread_local int current_device = 0;
thread_local cudaError_t last_error = cudaSuccess;

cudaError_t noted(cudaError_t code) {
  if (code != cudaSuccess) last_error = code;
  return code;
}

/// What almost every call does before anything else: the current device gets its context.
void enter() {
  if (unloaded) {
    std::fputs("the emulated driver was called after its end\n", stderr);
    std::abort();
  }
  machine().contexts[current_device] = true;
}

/// The fault that nothing survives, else `code`.
cudaError_t unlessFailed(cudaError_t code = cudaSuccess) {
  const cudaError_t fault = machine().fault.load();
  return noted(fault != cudaSuccess ? fault : code);
}

}  // namespace

struct EmulatedEvent {
  std::mutex mutex;
  std::shared_ptr<Recording> recording;

  std::shared_ptr<Recording> get() {
    const std::scoped_lock lock(mutex);
    return recording;
  }
};

/// A thread that does one thing after the other.
struct EmulatedStream {
  EmulatedStream() : thread([this] { work(); }) { thread.detach(); }

  void issue(std::function<void()> item) {
    {
      const std::scoped_lock lock(machine().mutex);
      items.push_back(std::move(item));
    }
    machine().changed.notify_all();
  }

  void work() {
    std::unique_lock lock(machine().mutex);
    for (;;) {
      machine().changed.wait(lock, [this] { return !machine().held && !items.empty(); });
      const std::function<void()> item = std::move(items.front());
      items.pop_front();
      busy = true;
      lock.unlock();
      item();
      lock.lock();
      busy = false;
    }
  }

  std::deque<std::function<void()>> items;
  bool busy = false;  ///< doing what is no longer among the items
  std::thread thread;
};

namespace tenon::cuda::emulator {

namespace {

/// What a device of compute capability 9.0 takes.
bool isLaunchable(dim3 grid, dim3 block, size_t shared) {
  return grid.x >= 1 && grid.x <= 0x7fffffffu && grid.y >= 1 && grid.y <= 65535 && grid.z >= 1 &&
         grid.z <= 65535 && block.x >= 1 && block.y >= 1 && block.z >= 1 && block.x <= 1024 &&
         block.y <= 1024 && block.z <= 64 && size_t{block.x} * block.y * block.z <= 1024 &&
         shared <= size_t{48} << 10;
}

/// Runs a grid's blocks one after the other, unless the device has failed.
void runGrid(dim3 grid, dim3 size, size_t shared, bool meet, const std::function<void()>& body) {
  Machine& all = machine();
  if (const cudaError_t fault = all.next_fault.exchange(cudaSuccess); fault != cudaSuccess)
    all.fault = fault;
  if (all.fault != cudaSuccess) return;
  gridDim = grid;
  blockDim = size;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = dim3(x, y, z);
        if (meet) {
          runBlock(size, shared, body);
        } else {
          runAlone(size, body);
        }
      }
    }
  }
}

std::vector<Range> deviceMemory() {
  const std::scoped_lock lock(machine().mutex);
  std::vector<Range> all;
  for (const auto& [data, where] : machine().allocations) {
    const auto begin = reinterpret_cast<uintptr_t>(data);
    all.push_back({begin, begin + where.second});
  }
  return all;
}

}  // namespace

cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 size, size_t shared, bool meet,
                   std::function<void()> thread) {
  enter();
  if (!isLaunchable(grid, size, shared)) return noted(cudaErrorInvalidValue);
  stream->issue([=, body = std::move(thread)] { runGrid(grid, size, shared, meet, body); });
  return unlessFailed();
}

cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 size, size_t shared, bool meet,
                   void (*run)(const void* parameters), std::shared_ptr<const void> parameters,
                   size_t bytes) {
  enter();
  if (!isLaunchable(grid, size, shared)) return noted(cudaErrorInvalidValue);
  stream->issue([=, given = std::move(parameters)] {
    const auto begin = reinterpret_cast<uintptr_t>(given.get());
    checkLaunch({begin, begin + bytes}, deviceMemory(), size_t{size.x} * size.y * size.z);
    runGrid(grid, size, shared, meet, [&] { run(given.get()); });
    checkEnd();
  });
  return unlessFailed();
}

}  // namespace tenon::cuda::emulator

extern "C" {
__attribute__((visibility("default"))) unsigned emulatedContexts() {
  unsigned all = 0;
  for (int i = 0; i < kDevices; ++i) all |= machine().contexts[i] ? 1u << i : 0;
  return all;
}
__attribute__((visibility("default"))) void emulateDriver(cudaError_t code, int version) {
  const std::scoped_lock lock(machine().mutex);
  machine().count_code = code;
  machine().driver = version;
}
__attribute__((visibility("default"))) void emulateFault(cudaError_t code) {
  machine().next_fault = code;
  if (code == cudaSuccess) machine().fault = cudaSuccess;
}
__attribute__((visibility("default"))) void emulateHold(int held) {
  {
    const std::scoped_lock lock(machine().mutex);
    machine().held = held != 0;
  }
  machine().changed.notify_all();
}
}

const char* cudaGetErrorString(cudaError_t code) {
  switch (code) {
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidValue:
      return "invalid argument";
    default:
      return "an emulated error";
  }
}
const char* cudaGetErrorName(cudaError_t code) {
  return code == cudaErrorIllegalAddress     ? "cudaErrorIllegalAddress"
         : code == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation"
                                             : "cudaErrorEmulated";
}
cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }

cudaError_t cudaDriverGetVersion(int* version) {
  const std::scoped_lock lock(machine().mutex);
  *version = machine().driver;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  const std::scoped_lock lock(machine().mutex);
  *count = machine().count_code == cudaSuccess ? kDevices : 0;
  return noted(machine().count_code);
}
/// The one function of the driver's that the library calls.
static int primaryContextState(int device, unsigned* flags, int* active) {
  *flags = 0;
  *active = machine().contexts[device] ? 1 : 0;
  return 0;
}
cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned,
                                             unsigned long long,
                                             cudaDriverEntryPointQueryResult* found) {
  *found = cudaDriverEntryPointSuccess;
  *function = std::string_view(symbol) == "cuDevicePrimaryCtxGetState"
                  ? reinterpret_cast<void*>(primaryContextState)
                  : nullptr;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "Emulated GPU");
  properties->totalGlobalMem = kMemoryBytes;
  properties->sharedMemPerBlockOptin = size_t{227} << 10;
  properties->major = 9;
  properties->multiProcessorCount = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  current_device = device;
  enter();
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
  enter();
  const std::scoped_lock lock(machine().mutex);
  *total_bytes = kMemoryBytes;
  *free_bytes = kMemoryBytes - machine().used[current_device];
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** data, size_t bytes) {
  enter();
  Machine& all = machine();
  const std::scoped_lock lock(all.mutex);
  const size_t size = (bytes + 255) / 256 * 256;
  if (size > kMemoryBytes - all.used[current_device]) return noted(cudaErrorMemoryAllocation);
  *data = std::aligned_alloc(256, size);
  std::memset(*data, 0xA5, size);
  all.used[current_device] += size;
  all.allocations[*data] = {current_device, size};
  return unlessFailed();
}
cudaError_t cudaFree(void* data) {
  enter();
  Machine& all = machine();
  // What is under way ends first.
  for (EmulatedStream* stream : all.allStreams()) cudaStreamSynchronize(stream);
  const std::scoped_lock lock(all.mutex);
  const auto found = all.allocations.find(data);
  if (found == all.allocations.end()) return noted(cudaErrorInvalidValue);
  all.used[found->second.first] -= found->second.second;
  std::memset(data, 0xDD, found->second.second);
  std::free(data);
  all.allocations.erase(found);
  return unlessFailed();
}
cudaError_t cudaHostAlloc(void** data, size_t bytes, unsigned) {
  enter();
  *data = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  *least = *greatest = 0;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned, int) {
  enter();
  *stream = new EmulatedStream;
  const std::scoped_lock lock(machine().mutex);
  machine().streams.push_back(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  enter();
  const std::scoped_lock lock(machine().mutex);
  return unlessFailed(stream->items.empty() && !stream->busy ? cudaSuccess : cudaErrorNotReady);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  enter();
  EmulatedEvent event;
  cudaEventRecord(&event, stream);
  return cudaEventSynchronize(&event);
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  enter();
  stream->issue([recording = event->get()] {
    std::unique_lock lock(recording->mutex);
    recording->changed.wait(lock, [&] { return recording->reached; });
  });
  return unlessFailed();
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  enter();
  stream->issue([=] { function(data); });
  return unlessFailed();
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  enter();
  *event = new EmulatedEvent;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  enter();
  const auto recording = std::make_shared<Recording>();
  {
    const std::scoped_lock lock(event->mutex);
    event->recording = recording;
  }
  stream->issue([recording] {
    const std::scoped_lock lock(recording->mutex);
    recording->reached = true;
    recording->changed.notify_all();
  });
  return unlessFailed();
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  enter();
  const std::shared_ptr<Recording> recording = event->get();
  const std::scoped_lock lock(recording->mutex);
  return unlessFailed(recording->reached ? cudaSuccess : cudaErrorNotReady);
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  enter();
  const std::shared_ptr<Recording> recording = event->get();
  std::unique_lock lock(recording->mutex);
  recording->changed.wait(lock, [&] { return recording->reached; });
  return unlessFailed();
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  enter();
  if (kind == cudaMemcpyHostToDevice && bytes <= (size_t{64} << 10)) {
    // From ordinary memory, so much is taken before the call returns.
    auto taken = std::make_shared<std::vector<char>>(static_cast<const char*>(from),
                                                     static_cast<const char*>(from) + bytes);
    stream->issue([=] { std::memcpy(to, taken->data(), bytes); });
  } else {
    stream->issue([=] { std::memmove(to, from, bytes); });
  }
  return unlessFailed();
}
cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, size_t bytes,
                                cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream);
}
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  enter();
  stream->issue([=] { std::memset(to, value, bytes); });
  return unlessFailed();
}
cudaError_t cudaDeviceCanAccessPeer(int* able, int, int) {
  *able = 1;
  return cudaSuccess;
}
cudaError_t cudaDeviceEnablePeerAccess(int, unsigned) { return cudaSuccess; }
