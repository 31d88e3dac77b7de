#include "ops/registry/plugin_kernels.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/settings.h"
#include "device/plugin.h"
#include "device/plugin_guard.h"
#include "device/plugin_queue.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

/// Owns what the library prepared.
class HeldPrepared final : public Prepared {
 public:
  HeldPrepared(const PluginKernel& kernel, PluginPrepared* prepared)
      : kernel_(kernel), prepared_(prepared) {}
  ~HeldPrepared() override { kernel_.destroyPrepared(prepared_); }
  HeldPrepared(const HeldPrepared&) = delete;
  HeldPrepared& operator=(const HeldPrepared&) = delete;
  const PluginPrepared* get() const noexcept { return prepared_; }

 private:
  const PluginKernel& kernel_;
  PluginPrepared* const prepared_;
};

const PluginKernel& kernelOf(const OpAttrs& attrs, Device device) {
  return *attrs.op().kernel(device.type)->plugin;
}

void check(int32_t code, const PluginFailure& failure) {
  if (code == 0) return;
  const bool known = code >= static_cast<int32_t>(ErrorKind::kInvalidArgument) &&
                     code <= static_cast<int32_t>(ErrorKind::kInternal);
  fail(known ? static_cast<ErrorKind>(code) : ErrorKind::kInternal, failure.message);
}

int32_t giveWorkspace(void* host, size_t bytes, void** data, PluginFailure* failure) {
  return guarded(failure, [&] { *data = static_cast<KernelContext*>(host)->workspace(bytes); });
}

int32_t giveOutput(void* host, int32_t index, const Shape* shape, TensorView* view,
                   PluginFailure* failure) {
  return guarded(failure,
                 [&] { *view = static_cast<KernelContext*>(host)->allocateOutput(index, *shape); });
}

PreparedPtr prepareKernel(const PrepareContext& context) {
  const PluginKernel& kernel = kernelOf(context.attrs, context.device);
  std::vector<PluginSpec> specs;
  specs.reserve(context.inputs.size() + context.outputs.size());
  for (const TensorSpec& input : context.inputs) specs.push_back({input.shape, input.dtype});
  for (const TensorSpec& output : context.outputs) specs.push_back({output.shape, output.dtype});
  const PluginPrepareCall call{.op = context.attrs.op().name.c_str(),
                               .params = context.attrs.rawParams(),
                               .inputs = specs.data(),
                               .outputs = specs.data() + context.inputs.size(),
                               .num_inputs = static_cast<int32_t>(context.inputs.size()),
                               .num_outputs = static_cast<int32_t>(context.outputs.size()),
                               .device = context.device,
                               .training = context.training};
  PluginFailure failure{};
  PluginPrepared* prepared = nullptr;
  check(kernel.prepare(&kernel, &call, &prepared, &failure), failure);
  return std::make_shared<HeldPrepared>(kernel, prepared);
}

PluginRunCall callOf(KernelContext& context, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  static const bool synchronous = settings().synchronous;
  const auto* prepared = static_cast<const HeldPrepared*>(context.prepared());
  return {.op = context.attrs().op().name.c_str(),
          .params = context.attrs().rawParams(),
          .dynamics = context.dynamics().data(),
          .prepared = prepared == nullptr ? nullptr : prepared->get(),
          .queue = rawQueue(context.queue()),
          .device = context.device(),
          .random = context.random(),
          .inputs = in.data(),
          .outputs = out.data(),
          .requests = requests.data(),
          .num_dynamics = static_cast<int32_t>(context.dynamics().size()),
          .num_inputs = static_cast<int32_t>(in.size()),
          .num_outputs = static_cast<int32_t>(out.size()),
          .training = context.training(),
          .deterministic = context.deterministic(),
          .synchronous = synchronous,
          .host = &context,
          .workspace = giveWorkspace,
          .allocateOutput = giveOutput};
}

void runKernelOfPlugin(KernelContext& context, std::span<const TensorView> in,
                       std::span<const TensorView> out, std::span<const Request> requests) {
  const PluginKernel& kernel = kernelOf(context.attrs(), context.device());
  const PluginRunCall call = callOf(context, in, out, requests);
  PluginFailure failure{};
  check(kernel.run(&kernel, &call, &failure), failure);
}

/// The library's, from when its kernels are registered on.
std::atomic<const PluginKernelTable*> move_table{nullptr};

/// Collects moves, so that many of them cross the edge in one call.
class PluginMover final : public Mover {
 public:
  explicit PluginMover(const PluginRunCall& call) : call_(call) {}

  void copy(const CopyNest& nest, const void* from, void* to, size_t element_bytes) override {
    PluginMove* const move = add(MoveKind::kCopy, nest, from, to, element_bytes);
    if (move != nullptr) move->settled = std::exchange(settled_, false);
  }
  void fill(const CopyNest& nest, const void* element, void* to, size_t element_bytes) override {
    PluginMove* const move = add(MoveKind::kFill, nest, nullptr, to, element_bytes);
    if (move != nullptr) std::memcpy(move->element, element, element_bytes);
  }
  void sum(const CopyNest& nest, const void* from, void* to, DType dtype, bool adds) override {
    PluginMove* const move = add(MoveKind::kSum, nest, from, to, sizeOf(dtype));
    if (move == nullptr) return;
    move->dtype = dtype;
    move->adds = adds;
  }
  void copyBytes(const void* from, void* to, int64_t bytes) override {
    if (from != to && bytes > 0) next(MoveKind::kBytes, from, to).bytes = bytes;
  }
  void zero(void* to, int64_t bytes) override {
    if (bytes > 0) next(MoveKind::kZero, nullptr, to).bytes = bytes;
  }
  void settle() override { settled_ = true; }

  /// Hands over what there is.
  void flush() {
    if (moves_.empty()) return;
    PluginFailure failure{};
    check(move_table.load()->move(&call_, moves_.data(), static_cast<int32_t>(moves_.size()),
                                  &failure),
          failure);
    moves_.clear();
  }

 private:
  /// A join of thousands of arrays does not keep a list of thousands of moves.
  static constexpr size_t kMost = 64;

  PluginMove& next(MoveKind kind, const void* from, void* to) {
    if (moves_.size() == kMost) flush();
    PluginMove& move = moves_.emplace_back();
    move.kind = kind;
    move.from = from;
    move.to = to;
    return move;
  }
  /// Null where there is nothing to do.
  PluginMove* add(MoveKind kind, const CopyNest& given, const void* from, void* to,
                  size_t element_bytes) {
    const CopyNest nest = given.simplified();
    const auto loops = nest.loops();
    // A sum of nothing is zero; everything else of nothing is nothing.
    for (const MoveLoop& loop : loops) {
      if (loop.extent == 0 && (kind != MoveKind::kSum || loop.to != 0)) return nullptr;
    }
    const auto step = static_cast<int64_t>(element_bytes);
    if (from != nullptr) from = static_cast<const char*>(from) + nest.fromOffset() * step;
    PluginMove& move = next(kind, from, static_cast<char*>(to) + nest.toOffset() * step);
    move.element_bytes = static_cast<int32_t>(element_bytes);
    move.num_loops = static_cast<int32_t>(loops.size());
    std::copy(loops.begin(), loops.end(), move.loops);
    return &move;
  }

  const PluginRunCall& call_;
  std::vector<PluginMove> moves_;
  bool settled_ = false;
};

/// The kernel of operators that the library has none for: what the CPU's asks its mover for.
void runMovesOnPlugin(KernelContext& context, std::span<const TensorView> in,
                      std::span<const TensorView> out, std::span<const Request> requests) {
  const PluginRunCall call = callOf(context, in, out, requests);
  PluginMover mover(call);
  const MoverScope scope(context, mover);
  context.attrs().op().kernel(DeviceType::kCpu)->run(context, in, out, requests);
  mover.flush();
}

/// Said in static initialisation; the library comes later, if at all.
const bool kInstalled = [] {
  setPluginKernelHook(registerPluginKernels);
  return true;
}();

}  // namespace

void registerPluginKernels(const PluginKernelTable& table) {
  for (int32_t i = 0; i < table.count; ++i) {
    const PluginKernel& kernel = table.kernels[i];
    registerKernel(kernel.op, DeviceType::kGpu,
                   {.prepare = kernel.prepare == nullptr ? nullptr : prepareKernel,
                    .run = runKernelOfPlugin,
                    .adds = kernel.adds,
                    .strided_inputs = kernel.strided_inputs,
                    .allocates = kernel.allocates,
                    .picks_layouts = false,
                    .plugin = &kernel});
  }
  if (table.move == nullptr) return;
  move_table.store(&table);
  for (const Op* op : allOps()) {
    const Kernel* const kernel = op->kernel(DeviceType::kCpu);
    if (kernel == nullptr || !kernel->moves || op->kernel(DeviceType::kGpu) != nullptr) continue;
    registerKernel(op->name, DeviceType::kGpu, {.run = runMovesOnPlugin, .adds = kernel->adds});
  }
}

}  // namespace tenon
