#include "runtime/kernel.h"

#include <deque>
#include <vector>

#include "runtime/device.h"
#include "runtime/edge.h"
#include "runtime/error.h"

namespace tenon::cuda {
namespace {

/// A deque, as the table points at its kernels. Never destroyed: used until the very end.
std::deque<Kernel>& implementations() {
  static auto* const all = new std::deque<Kernel>;
  return *all;
}

std::vector<PluginKernel>& entries() {
  static auto* const all = new std::vector<PluginKernel>;
  return *all;
}

int32_t prepareOne(const PluginKernel* kernel, const PluginPrepareCall* call,
                   PluginPrepared** prepared, PluginFailure* failure) {
  return guarded(failure, [&] {
    const DeviceScope scope(call->device.id);
    *prepared = reinterpret_cast<PluginPrepared*>(static_cast<const Kernel*>(kernel->implementation)
                                                      ->prepare(PrepareContext(*call))
                                                      .release());
  });
}

void destroyOne(PluginPrepared* prepared) { delete reinterpret_cast<Prepared*>(prepared); }

int32_t runOne(const PluginKernel* kernel, const PluginRunCall* call, PluginFailure* failure) {
  return guarded(failure, [&] {
    Context context(*call);
    Queue& queue = context.queue();
    const DeviceScope scope(queue.device());
    queue.issued(call->op);
    static_cast<const Kernel*>(kernel->implementation)
        ->run(context, {call->inputs, static_cast<size_t>(call->num_inputs)},
              {call->outputs, static_cast<size_t>(call->num_outputs)},
              {call->requests, static_cast<size_t>(call->num_outputs)});
    if (call->synchronous) queue.synchronize();
  });
}

}  // namespace

void* Context::workspace(size_t bytes) const {
  PluginFailure failure{};
  void* data = nullptr;
  checkHost(call_.workspace(call_.host, bytes, &data, &failure), failure);
  return data;
}

TensorView Context::allocateOutput(int index, const Shape& shape) const {
  PluginFailure failure{};
  TensorView view;
  checkHost(call_.allocateOutput(call_.host, index, &shape, &view, &failure), failure);
  return view;
}

KernelRegistration::KernelRegistration(std::initializer_list<Entry> list) noexcept {
  for (const Entry& entry : list) {
    implementations().push_back(entry.kernel);
    entries().push_back({.op = entry.op,
                         .prepare = entry.kernel.prepare == nullptr ? nullptr : prepareOne,
                         .destroyPrepared = destroyOne,
                         .run = runOne,
                         .implementation = &implementations().back(),
                         .adds = entry.kernel.adds,
                         .strided_inputs = entry.kernel.strided_inputs});
  }
}

const PluginKernelTable& kernelTable() {
  static const PluginKernelTable table{.kernels = entries().data(),
                                       .count = static_cast<int32_t>(entries().size())};
  return table;
}

}  // namespace tenon::cuda
