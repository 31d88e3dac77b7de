#include "ops/registry/plugin_kernels.h"

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

void runKernelOfPlugin(KernelContext& context, std::span<const TensorView> in,
                       std::span<const TensorView> out, std::span<const Request> requests) {
  const PluginKernel& kernel = kernelOf(context.attrs(), context.device());
  static const bool synchronous = settings().synchronous;
  const auto* prepared = static_cast<const HeldPrepared*>(context.prepared());
  const PluginRunCall call{.op = context.attrs().op().name.c_str(),
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
  PluginFailure failure{};
  check(kernel.run(&kernel, &call, &failure), failure);
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
                    .picks_layouts = false,
                    .plugin = &kernel});
  }
}

}  // namespace tenon
