// The one function that libtenon_cuda.so exports: it checks that both sides are of one build and
// fills the table.
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "base/build_info.h"
#include "libs/libraries.h"
#include "runtime/copy.h"
#include "runtime/device.h"
#include "runtime/edge.h"
#include "runtime/ending.h"
#include "runtime/kernel.h"
#include "runtime/queue.h"

namespace tenon::cuda {
namespace {

const HostApi* host_api = nullptr;

void write(const std::string& text, char* to, size_t size) {
  std::snprintf(to, size, "%s", text.c_str());
}

Fence& fenceOf(PluginFence* fence) { return *reinterpret_cast<Fence*>(fence); }
const Fence& fenceOf(const PluginFence* fence) { return *reinterpret_cast<const Fence*>(fence); }

void fill(PluginApi& api) {
  api.edge_hash = kEdgeHash;
  api.name = "CUDA 13.0";
  api.device_count = deviceCount();
  api.unavailable = whyNoDevice().c_str();
  api.describe = [](int32_t id, char* text, size_t size, PluginFailure* failure) {
    return guardedPassage(failure, [&] { write(describeDevice(id), text, size); });
  };
  api.memoryInfo = [](int32_t id, MemoryInfo* info, PluginFailure* failure) {
    return guardedPassage(failure, [&] { *info = memoryOf(id); });
  };
  api.allocate = [](int32_t id, size_t bytes, void** data, PluginFailure* failure) {
    return guardedPassage(failure, [&] { *data = allocate(id, bytes); });
  };
  api.release = [](int32_t id, void* data, size_t) {
    const Passage passage;
    if (passage.open()) release(id, data);
  };
  api.queue = [](int32_t id, int32_t kind, PluginQueue** queue, PluginFailure* failure) {
    return guardedPassage(failure,
                          [&] { *queue = queueOf(id, static_cast<QueueKind>(kind)).handle(); });
  };
  api.record = [](PluginQueue* queue, PluginFence** fence, PluginFailure* failure) {
    return guardedPassage(
        failure, [&] { *fence = reinterpret_cast<PluginFence*>(Queue::of(queue).record()); });
  };
  api.waitFor = [](PluginQueue* queue, const PluginFence* fence, PluginFailure* failure) {
    return guardedPassage(failure, [&] { Queue::of(queue).waitFor(fenceOf(fence)); });
  };
  api.synchronize = [](PluginQueue* queue, PluginFailure* failure) {
    return guardedPassage(failure, [&] { Queue::of(queue).synchronize(); });
  };
  api.reached = [](const PluginFence* fence) {
    const Passage passage;
    return static_cast<int32_t>(passage.open() && fenceOf(fence).reached());
  };
  api.wait = [](PluginFence* fence, PluginFailure* failure) {
    return guardedPassage(failure, [&] { fenceOf(fence).wait(); });
  };
  api.releaseFence = [](PluginFence* fence) { delete &fenceOf(fence); };
  api.copy = [](PluginQueue* queue, void* to, Device to_device, const void* from,
                Device from_device, size_t bytes, PluginFailure* failure) {
    return guardedPassage(failure,
                          [&] { copy(Queue::of(queue), to, to_device, from, from_device, bytes); });
  };
  api.kernels = &kernelTable();
  api.describeLibraries = [](char* text, size_t size, PluginFailure* failure) {
    return guardedPassage(failure, [&] { write(describeLibraries(), text, size); });
  };
}

}  // namespace

const HostApi& host() noexcept { return *host_api; }

}  // namespace tenon::cuda

extern "C" __attribute__((visibility("default"))) int32_t tenonPlugin(
    const tenon::HostApi* host, tenon::PluginApi* api, tenon::PluginFailure* failure) {
  using namespace tenon::cuda;
  return guarded(failure, [&] {
    // The first word of the table is where the hash stands in every build.
    TENON_CHECK(std::string_view(host->edge_hash) == tenon::kEdgeHash, kUnsupported,
                "libtenon_cuda.so is of another build (", tenon::kEdgeHash, ") than libtenon (",
                host->edge_hash, ")");
    host_api = host;
    fill(*api);
  });
}
