#include "runtime/kernel.h"

#include <deque>
#include <memory>
#include <vector>

#include "runtime/device.h"
#include "runtime/edge.h"
#include "runtime/ending.h"
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

MoveFunction move_function = nullptr;

int32_t prepareOne(const PluginKernel* kernel, const PluginPrepareCall* call,
                   PluginPrepared** prepared, PluginFailure* failure) {
  return guardedPassage(failure, [&] {
    const DeviceScope scope(call->device.id);
    *prepared = reinterpret_cast<PluginPrepared*>(static_cast<const Kernel*>(kernel->implementation)
                                                      ->prepare(PrepareContext(*call))
                                                      .release());
  });
}

void destroyOne(PluginPrepared* prepared) { delete reinterpret_cast<Prepared*>(prepared); }

/// Issues by issue(context).
template <class F>
int32_t issueOne(const PluginRunCall& call, PluginFailure* failure, F&& issue) {
  return guardedPassage(failure, [&] {
    Context context(call);
    Queue& queue = context.queue();
    const DeviceScope scope(queue.device());
    queue.issued(call.op);
    issue(context);
    if (call.synchronous) queue.synchronize();
  });
}

int32_t runOne(const PluginKernel* kernel, const PluginRunCall* call, PluginFailure* failure) {
  return issueOne(*call, failure, [&](Context& context) {
    static_cast<const Kernel*>(kernel->implementation)
        ->run(context, {call->inputs, static_cast<size_t>(call->num_inputs)},
              {call->outputs, static_cast<size_t>(call->num_outputs)},
              {call->requests, static_cast<size_t>(call->num_outputs)});
  });
}

int32_t moveAll(const PluginRunCall* call, const PluginMove* moves, int32_t count,
                PluginFailure* failure) {
  return issueOne(*call, failure, [&](Context& context) {
    move_function(context, {moves, static_cast<size_t>(count)});
  });
}

}  // namespace

void* Context::workspace(size_t bytes) const {
  // NVIDIA's libraries turn other addresses away; the core's blocks lie at multiples of 64 bytes.
  constexpr size_t kAlignment = 256;
  constexpr size_t kGiven = 64;
  PluginFailure failure{};
  void* data = nullptr;
  size_t room = bytes + kAlignment - kGiven;
  checkHost(call_.workspace(call_.host, room, &data, &failure), failure);
  return std::align(kAlignment, bytes, data, room);
}

TensorView Context::allocateOutput(int index, const Shape& shape) const {
  PluginFailure failure{};
  TensorView view;
  checkHost(call_.allocateOutput(call_.host, index, &shape, &view, &failure), failure);
  return view;
}

void Context::fetch(void* to, const void* from, size_t bytes) const {
  queue_.check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream()), op());
  queue_.synchronize();
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
                         .strided_inputs = entry.kernel.strided_inputs,
                         .allocates = entry.kernel.allocates});
  }
}

MoveRegistration::MoveRegistration(MoveFunction move) noexcept { move_function = move; }

const PluginKernelTable& kernelTable() {
  static const PluginKernelTable table{.kernels = entries().data(),
                                       .count = static_cast<int32_t>(entries().size()),
                                       .move = move_function == nullptr ? nullptr : moveAll};
  return table;
}

}  // namespace tenon::cuda
