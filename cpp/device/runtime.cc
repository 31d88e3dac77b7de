#include "device/runtime.h"

#include <array>
#include <atomic>
#include <mutex>

#include "base/error.h"
#include "device/cpu_runtime.h"
#include "device/plugin.h"

namespace tenon {
namespace {

constexpr int kTypes = 8;

/// Runtimes by device type. Leaked: tasks may still run while the process exits.
struct Registry {
  std::mutex mutex;
  std::array<std::atomic<DeviceRuntime*>, kTypes> runtimes{};
};

Registry& registry() {
  static Registry* const instance = [] {
    auto* made = new Registry;
    made->runtimes[static_cast<int>(DeviceType::kCpu)] = makeCpuRuntime().release();
    return made;
  }();
  return *instance;
}

DeviceRuntime* findRegistered(DeviceType type) noexcept {
  const int code = static_cast<int>(type);
  return code < 0 || code >= kTypes ? nullptr
                                    : registry().runtimes[code].load(std::memory_order_acquire);
}

/// Also loads the library that brings devices of that type, the first time that one is asked for.
DeviceRuntime* find(DeviceType type) noexcept {
  if (DeviceRuntime* runtime = findRegistered(type)) return runtime;
  ensureLoaded(type);
  return findRegistered(type);
}

std::string knownTypes() {
  std::string names;
  for (int code = 0; code < kTypes; ++code) {
    if (findRegistered(static_cast<DeviceType>(code)) == nullptr) continue;
    if (!names.empty()) names += ", ";
    names += nameOf(static_cast<DeviceType>(code));
  }
  return names;
}

}  // namespace

void registerRuntime(std::unique_ptr<DeviceRuntime> runtime) {
  TENON_CHECK(runtime != nullptr, kInternal, "no device runtime to register");
  const int code = static_cast<int>(runtime->type());
  TENON_CHECK(code > 0 && code < kTypes, kInternal, "device type ", code, " is out of range");
  std::scoped_lock lock(registry().mutex);
  TENON_CHECK(registry().runtimes[code].load() == nullptr, kInvalidState,
              "a runtime for devices of type ", nameOf(runtime->type()), " is registered already");
  registry().runtimes[code].store(runtime.release(), std::memory_order_release);
}

void unregisterRuntime(DeviceType type) {
  TENON_CHECK(type != DeviceType::kCpu, kInvalidArgument,
              "the runtime of the cpu cannot be taken away");
  std::scoped_lock lock(registry().mutex);
  const int code = static_cast<int>(type);
  if (code > 0 && code < kTypes) {
    delete registry().runtimes[code].exchange(nullptr);
  }
}

DeviceRuntime& runtimeOf(DeviceType type) {
  DeviceRuntime* runtime = find(type);
  if (runtime == nullptr) {
    const std::string why = whyNone(type);
    fail(ErrorKind::kUnsupported, "there are no devices of type ", nameOf(type), " here, only ",
         knownTypes(), why.empty() ? "" : ": ", why);
  }
  return *runtime;
}

int deviceCount(DeviceType type) noexcept {
  const DeviceRuntime* runtime = find(type);
  return runtime == nullptr ? 0 : runtime->count();
}

void checkDevice(Device device) {
  const int count = deviceCount(device.type);
  if (device.id >= 0 && device.id < count) return;
  TENON_CHECK(device.type != DeviceType::kCpu, kInvalidArgument, device.toString(),
              " does not exist: ids of cpus are 0 to ", count - 1);
  const std::string why = count == 0 ? whyNone(device.type) : std::string();
  TENON_CHECK(why.empty(), kInvalidArgument, device.toString(), " does not exist: ", why);
  fail(ErrorKind::kInvalidArgument, device.toString(), " does not exist: this machine has ", count,
       " ", nameOf(device.type), count == 1 ? "" : "s");
}

}  // namespace tenon
