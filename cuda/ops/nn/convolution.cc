// Convolution, Deconvolution and their gradients.
#include <algorithm>
#include <optional>

#include "ops/loops/channels.h"
#include "ops/nn/conv_params.h"
#include "ops/nn/conv_plan.h"

namespace tenon::cuda {
namespace {

using Kind = ConvPlan::Kind;

struct PreparedConvolution final : Prepared {
  PreparedConvolution(int device, DType dtype, const ConvGeometry& g, Kind first,
                      std::optional<Kind> also = {})
      : geometry(g), plan(device, first, dtype, g) {
    if (also.has_value()) second.emplace(device, *also, dtype, g);
  }

  ConvGeometry geometry;
  ConvPlan plan;
  std::optional<ConvPlan> second;
};

/// The plan, with scratch memory of its own.
void runAlone(const Context& context, const ConvPlan& plan, void* src, void* weight, void* dst,
              Request request) {
  plan.run(context, src, weight, dst, request,
           context.workspace(plan.workspaceBytes(src, weight, dst)));
}

const PreparedConvolution& preparedOf(const Context& context) {
  return context.prepared<PreparedConvolution>();
}

/// Of a Convolution whose data and output are given by their specs.
std::unique_ptr<Prepared> prepareWith(const PrepareContext& c, Kind kind, const PluginSpec& data,
                                      const PluginSpec& out) {
  const auto& p = c.params<ConvolutionParams>();
  return std::make_unique<PreparedConvolution>(
      c.device(), data.dtype, geometryOf(windowsFrom(p), p.num_group, data.shape, out.shape), kind);
}

std::unique_ptr<Prepared> prepareForward(const PrepareContext& c) {
  return prepareWith(c, Kind::kForward, c.inputs()[0], c.outputs()[0]);
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  const PreparedConvolution& prepared = preparedOf(context);
  runAlone(context, prepared.plan, in[0].data, in[1].data, out[0].data, requests[0]);
  if (in.size() > 2) {
    spreadBias(context, dstChannels(prepared.geometry), in[0].dtype, in[2].data, out[0].data, true);
  }
}

// dY, weight, data -> dX
std::unique_ptr<Prepared> prepareDataGradient(const PrepareContext& c) {
  return prepareWith(c, Kind::kDataGradient, c.inputs()[2], c.inputs()[0]);
}

void runDataGradient(Context& context, Views in, Views out, Requests requests) {
  runAlone(context, preparedOf(context).plan, out[0].data, in[1].data, in[0].data, requests[0]);
}

// dY, data -> dW, db
std::unique_ptr<Prepared> prepareWeightGradient(const PrepareContext& c) {
  return prepareWith(c, Kind::kWeightGradient, c.inputs()[1], c.inputs()[0]);
}

void runWeightGradient(Context& context, Views in, Views out, Requests requests) {
  const PreparedConvolution& prepared = preparedOf(context);
  const ChannelView view = dstChannels(prepared.geometry);
  const size_t sums =
      out.size() > 1 ? sumChannelsBytes(context.device(), in[0].dtype, view) : size_t{0};
  void* const workspace = context.workspace(
      std::max(prepared.plan.workspaceBytes(in[1].data, out[0].data, in[0].data), sums));
  prepared.plan.run(context, in[1].data, out[0].data, in[0].data, requests[0], workspace);
  if (out.size() > 1) sumChannels(context, view, in[0], out[1], requests[1], workspace);
}

// --- Deconvolution: the convolution behind it maps its output to its data

ConvGeometry behind(const DeconvolutionParams& p, const Shape& data, const Shape& out) {
  return geometryOf(windowsOver(p, data), p.num_group, out, data);
}

std::unique_ptr<Prepared> prepareUpward(const PrepareContext& c) {
  return std::make_unique<PreparedConvolution>(
      c.device(), c.inputs()[0].dtype,
      behind(c.params<DeconvolutionParams>(), c.inputs()[0].shape, c.outputs()[0].shape),
      Kind::kDataGradient);
}

void runUpward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  const PreparedConvolution& prepared = preparedOf(context);
  runAlone(context, prepared.plan, out[0].data, in[1].data, in[0].data, requests[0]);
  if (in.size() > 2) {
    spreadBias(context, srcChannels(prepared.geometry), in[0].dtype, in[2].data, out[0].data, true);
  }
}

// dY, weight, data -> dX, dW, (db)
std::unique_ptr<Prepared> prepareUpwardGradients(const PrepareContext& c) {
  return std::make_unique<PreparedConvolution>(
      c.device(), c.inputs()[0].dtype,
      behind(c.params<DeconvolutionParams>(), c.inputs()[2].shape, c.inputs()[0].shape),
      Kind::kForward, Kind::kWeightGradient);
}

void runUpwardGradients(Context& context, Views in, Views out, Requests requests) {
  const PreparedConvolution& prepared = preparedOf(context);
  const ChannelView view = srcChannels(prepared.geometry);
  const size_t sums =
      out.size() > 2 ? sumChannelsBytes(context.device(), in[0].dtype, view) : size_t{0};
  void* const workspace = context.workspace(
      std::max({prepared.plan.workspaceBytes(in[0].data, in[1].data, out[0].data),
                prepared.second->workspaceBytes(in[0].data, out[1].data, in[2].data), sums}));
  prepared.plan.run(context, in[0].data, in[1].data, out[0].data, requests[0], workspace);
  prepared.second->run(context, in[0].data, out[1].data, in[2].data, requests[1], workspace);
  if (out.size() > 2) sumChannels(context, view, in[0], out[2], requests[2], workspace);
}

const KernelRegistration kKernels = {
    {"Convolution", {.prepare = prepareForward, .run = runForward}},
    {"_backward_Convolution_data", {.prepare = prepareDataGradient, .run = runDataGradient}},
    {"_backward_Convolution_weight", {.prepare = prepareWeightGradient, .run = runWeightGradient}},
    {"Deconvolution", {.prepare = prepareUpward, .run = runUpward}},
    {"_backward_Deconvolution", {.prepare = prepareUpwardGradients, .run = runUpwardGradients}},
};

}  // namespace
}  // namespace tenon::cuda
