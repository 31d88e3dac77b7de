#include "device/plugin.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "base/build_info.h"
#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "device/plugin_queue.h"

namespace tenon {
namespace {

constexpr char kFileName[] = "libtenon_cuda.so";

std::atomic<PluginKernelHook> kernel_hook{nullptr};

/// What became of the one library. Leaked, as the library itself stays: tasks may still run while
/// the process exits.
struct State {
  std::mutex mutex;
  std::atomic<bool> tried{false};
  std::string reason;
  std::string path;
  PluginApi api{};
};

State& state() {
  static State* const instance = new State;
  return *instance;
}

/// Turns the library's codes into exceptions.
class Call {
 public:
  PluginFailure* failure() noexcept { return &failure_; }
  void check(int32_t code) const {
    if (code == 0) return;
    const bool known = code >= static_cast<int32_t>(ErrorKind::kInvalidArgument) &&
                       code <= static_cast<int32_t>(ErrorKind::kInternal);
    fail(known ? static_cast<ErrorKind>(code) : ErrorKind::kInternal, failure_.message);
  }

 private:
  PluginFailure failure_{};
};

class PluginDeviceFence final : public Fence {
 public:
  PluginDeviceFence(const PluginApi& api, PluginFence* fence) : api_(api), fence_(fence) {}
  ~PluginDeviceFence() override { api_.releaseFence(fence_); }

  bool reached() const noexcept override { return api_.reached(fence_) != 0; }
  void wait() override {
    Call call;
    call.check(api_.wait(fence_, call.failure()));
  }
  const PluginFence* raw() const noexcept { return fence_; }

 private:
  const PluginApi& api_;
  PluginFence* const fence_;
};

class PluginDeviceQueue final : public PluginQueueHolder {
 public:
  PluginDeviceQueue(const PluginApi& api, Device device, PluginQueue* queue)
      : PluginQueueHolder(queue), api_(api), device_(device) {}

  Device device() const noexcept override { return device_; }
  Ref<Fence> record() override {
    Call call;
    PluginFence* fence = nullptr;
    call.check(api_.record(raw(), &fence, call.failure()));
    return Ref<Fence>(new PluginDeviceFence(api_, fence));
  }
  void waitFor(const Fence& fence) override {
    Call call;
    call.check(
        api_.waitFor(raw(), static_cast<const PluginDeviceFence&>(fence).raw(), call.failure()));
  }
  void synchronize() override {
    Call call;
    call.check(api_.synchronize(raw(), call.failure()));
  }

 private:
  const PluginApi& api_;
  const Device device_;
};

/// The library's devices as the core sees them.
class PluginRuntime final : public DeviceRuntime {
 public:
  explicit PluginRuntime(const PluginApi& api)
      : api_(api), queues_(static_cast<size_t>(api.device_count)) {}

  DeviceType type() const noexcept override { return DeviceType::kGpu; }
  int count() const noexcept override { return api_.device_count; }

  std::string describe(int id) const override {
    Call call;
    char text[1024] = {};
    call.check(api_.describe(id, text, sizeof text, call.failure()));
    return text;
  }

  void* allocate(int id, size_t bytes) override {
    Call call;
    void* data = nullptr;
    call.check(api_.allocate(id, bytes, &data, call.failure()));
    return data;
  }
  void release(int id, void* data, size_t bytes) noexcept override {
    api_.release(id, data, bytes);
  }
  MemoryInfo memoryInfo(int id) const override {
    Call call;
    MemoryInfo info;
    call.check(api_.memoryInfo(id, &info, call.failure()));
    return info;
  }

  Queue* queue(int id, QueueKind kind) override {
    TENON_CHECK(id >= 0 && id < count(), kInternal, "there is no gpu(", id, ")");
    auto& slot = queues_[static_cast<size_t>(id)][static_cast<size_t>(kind)];
    if (Queue* made = slot.load(std::memory_order_acquire)) return made;
    const std::scoped_lock lock(mutex_);
    if (slot.load(std::memory_order_relaxed) == nullptr) {
      Call call;
      PluginQueue* raw = nullptr;
      call.check(api_.queue(id, static_cast<int32_t>(kind), &raw, call.failure()));
      made_.push_back(std::make_unique<PluginDeviceQueue>(api_, Device::gpu(id), raw));
      slot.store(made_.back().get(), std::memory_order_release);
    }
    return slot.load(std::memory_order_relaxed);
  }

  void copy(Queue* queue, void* to, Device to_device, const void* from, Device from_device,
            size_t bytes) override {
    Call call;
    call.check(api_.copy(rawQueue(queue), to, to_device, from, from_device, bytes, call.failure()));
  }

 private:
  const PluginApi& api_;
  std::mutex mutex_;  // guards made_
  std::vector<std::unique_ptr<Queue>> made_;
  std::vector<std::array<std::atomic<Queue*>, 3>> queues_;
};

/// The folder of the file that this code is in.
const std::string& ownFolder() {
  static const std::string* const folder = [] {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&kFileName), &info) == 0 || info.dli_fname == nullptr)
      return new std::string;
    const std::string file = info.dli_fname;
    const size_t slash = file.rfind('/');
    return new std::string(slash == std::string::npos ? "." : file.substr(0, slash));
  }();
  return *folder;
}

const char* findSetting(const char* variable) {
  static const auto* const all = new std::vector<SettingInfo>(listSettings());
  for (const SettingInfo& setting : *all) {
    if (setting.variable == variable) return setting.value.c_str();
  }
  return "";
}

const HostApi& hostApi() {
  static const HostApi api{
      .edge_hash = kEdgeHash,
      .log =
          [](int32_t level, const char* line) {
            if (logs(static_cast<LogLevel>(level))) writeLog(static_cast<LogLevel>(level), line);
          },
      .setting = findSetting,
      .environment = [](const char* variable) { return environmentOf(variable); },
      .folder = ownFolder().c_str()};
  return api;
}

/// Fills the table; throws kUnsupported with the reason.
void open(const std::string& path, PluginApi& api) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail(ErrorKind::kUnsupported, "it cannot be loaded: ", dlerror());
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kPluginEntry));
  TENON_CHECK(entry != nullptr, kUnsupported, path, " is no device library of Tenon");
  PluginFailure failure{};
  const int32_t code = entry(&hostApi(), &api, &failure);
  TENON_CHECK(code == 0, kUnsupported, failure.message);
  TENON_CHECK(std::string_view(api.edge_hash) == kEdgeHash, kUnsupported, path,
              " is of another build (", api.edge_hash, ") than libtenon (", kEdgeHash, ")");
  TENON_CHECK(api.device_count > 0, kUnsupported, api.unavailable);
}

void loadLocked(State& loaded, const std::string& path) {
  open(path, loaded.api);
  // Who finds the device finds its kernels.
  const PluginKernelHook hook = kernel_hook.load();
  if (hook != nullptr && loaded.api.kernels != nullptr) hook(*loaded.api.kernels);
  registerRuntime(std::make_unique<PluginRuntime>(loaded.api));
  loaded.path = path;
}

/// The library that a program uses which says nothing, or the one that it names.
std::string chosenPath() {
  const std::string& given = settings().cuda_library;
  TENON_CHECK(given != "none", kUnsupported, "TENON_CUDA_LIBRARY is none");
  if (!given.empty()) return given;
  std::string path = ownFolder() + "/" + kFileName;
  TENON_CHECK(access(path.c_str(), R_OK) == 0, kUnsupported, kFileName, " is not in ", ownFolder());
  return path;
}

}  // namespace

void loadPlugin(const std::string& path) {
  State& loaded = state();
  const std::scoped_lock lock(loaded.mutex);
  loadLocked(loaded, path);
  loaded.reason.clear();
  loaded.tried.store(true, std::memory_order_release);
}

void ensureLoaded(DeviceType type) noexcept {
  State& loaded = state();
  if (type != DeviceType::kGpu || loaded.tried.load(std::memory_order_acquire)) return;
  const std::scoped_lock lock(loaded.mutex);
  if (loaded.tried.load(std::memory_order_relaxed)) return;
  try {
    loadLocked(loaded, chosenPath());
  } catch (const std::exception& error) {
    loaded.reason = error.what();
    log(LogLevel::kInfo, "no gpu: ", loaded.reason);
  }
  loaded.tried.store(true, std::memory_order_release);
}

std::string whyNone(DeviceType type) {
  if (type != DeviceType::kGpu) return {};
  ensureLoaded(type);
  const std::scoped_lock lock(state().mutex);
  return state().reason;
}

std::string describePlugin() {
  ensureLoaded(DeviceType::kGpu);
  State& loaded = state();
  const std::scoped_lock lock(loaded.mutex);
  if (loaded.path.empty()) return {};
  Call call;
  char text[4096] = {};
  call.check(loaded.api.describeLibraries(text, sizeof text, call.failure()));
  return concat(loaded.api.name, ": ", loaded.path, "\n", text);
}

void setPluginKernelHook(PluginKernelHook hook) noexcept { kernel_hook.store(hook); }

PluginQueue* rawQueue(Queue* queue) noexcept {
  return queue == nullptr ? nullptr : static_cast<PluginQueueHolder*>(queue)->raw();
}

}  // namespace tenon
