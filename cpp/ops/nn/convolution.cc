// Convolution: Y[n, f] = b[f] + the sum over channels c and taps k of X[n, c, window at k]·W[f, c,
// k], in one to three spatial dimensions.
//
// out = floor((in + 2·pad − dilate·(kernel − 1) − 1) / stride) + 1 along each axis.
#include "ops/linalg/through_float.h"
#include "ops/nn/conv_params.h"
#include "ops/nn/conv_task.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const ConvolutionParams& paramsOf(const OpAttrs& attrs) {
  return attrs.params<ConvolutionParams>();
}

Windows windowsOf(const OpAttrs& attrs) {
  const auto& p = paramsOf(attrs);
  return windowsOf(attrs, p.kernel, p.stride, p.dilate, p.pad, p.layout);
}

// --- shapes

Shape weightShape(const OpAttrs& attrs, const Windows& w, const Shape& data) {
  const auto& p = paramsOf(attrs);
  const int64_t channels = data.rankKnown() ? data[w.channelAxis()] : Shape::kUnknownDim;
  TENON_CHECK(p.num_filter % p.num_group == 0, kInvalidArgument, attrs.op().name,
              ": num_filter is ", p.num_filter, ", expected a multiple of num_group ", p.num_group);
  TENON_CHECK(channels < 0 || channels % p.num_group == 0, kInvalidArgument, attrs.op().name,
              ": data has shape ", data, " and so ", channels,
              " channels, expected a multiple of num_group ", p.num_group);
  return imageShape(w, p.num_filter, channels < 0 ? channels : channels / p.num_group, w.kernel);
}

Shape outputShape(const OpAttrs& attrs, const Windows& w, const Shape& data) {
  std::array<int64_t, 3> extents{Shape::kUnknownDim, Shape::kUnknownDim, Shape::kUnknownDim};
  for (int i = 0; data.rankKnown() && i < w.spatial; ++i) {
    const auto axis = static_cast<size_t>(i);
    const int64_t in = data[w.spatialAxis(i)];
    if (in < 0) continue;
    const int64_t room = in + 2 * w.pad[axis] - w.reach(i);
    TENON_CHECK(room >= 0, kInvalidArgument, attrs.op().name, ": the window covers ", w.reach(i),
                " elements, but axis ", w.spatialAxis(i), " of data ", data, " has ",
                in + 2 * w.pad[axis], " with its padding");
    extents[axis] = room / w.stride[axis] + 1;
  }
  return imageShape(w, data.rankKnown() ? data[0] : Shape::kUnknownDim, paramsOf(attrs).num_filter,
                    extents);
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Windows w = windowsOf(attrs);
  const auto& p = paramsOf(attrs);
  checkRank(attrs, "data", in[0], w);
  if (out[0].rankKnown() && out[0].rank() == w.spatial + 2) {
    Shape data = Shape::ofRank(w.spatial + 2);
    data[0] = out[0][0];
    unify(attrs, "data", in[0], data);
  }
  unify(attrs, "weight", in[1], weightShape(attrs, w, in[0]));
  if (!p.no_bias) unify(attrs, "bias", in[2], Shape{p.num_filter});
  unify(attrs, "output", out[0], outputShape(attrs, w, in[0]));
}

// dY, weight, data -> dX
void inferDataGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Windows w = windowsOf(attrs);
  checkRank(attrs, "data", in[2], w);
  unify(attrs, "the output's gradient", in[0], outputShape(attrs, w, in[2]));
  unify(attrs, "weight", in[1], weightShape(attrs, w, in[2]));
  unify(attrs, "the data's gradient", out[0], in[2]);
}

// dY, data -> dW, db
void inferWeightGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Windows w = windowsOf(attrs);
  checkRank(attrs, "data", in[1], w);
  unify(attrs, "the output's gradient", in[0], outputShape(attrs, w, in[1]));
  unify(attrs, "the weight's gradient", out[0], weightShape(attrs, w, in[1]));
  if (out.size() > 1)
    unify(attrs, "the bias's gradient", out[1], Shape{paramsOf(attrs).num_filter});
}

// --- kernels

struct PreparedConvolution final : Prepared {
  ConvTask task;
};

std::shared_ptr<PreparedConvolution> prepareTask(const PrepareContext& c, ConvTask::Kind kind,
                                                 const Shape& data, const Shape& out, bool bias) {
  auto prepared = std::make_shared<PreparedConvolution>();
  const ConvGeometry geometry =
      geometryOf(windowsOf(c.attrs), paramsOf(c.attrs).num_group, data, out);
  prepared->task = ConvTask(kind, c.inputs[0].dtype, geometry, bias, c.layouts_free);
  return prepared;
}

void runTask(KernelContext& context, std::span<void* const> operands) {
  const ConvTask& task = static_cast<const PreparedConvolution*>(context.prepared())->task;
  task.run(operands, context.workspace(task.workspaceBytes()));
}

PreparedPtr prepareForward(const PrepareContext& c) {
  const bool bias = c.inputs.size() > 2;
  auto prepared =
      prepareTask(c, ConvTask::Kind::kForward, c.inputs[0].shape, c.outputs[0].shape, bias);
  prepared->input_layouts = {prepared->task.layoutOf(0), prepared->task.layoutOf(1)};
  if (bias) prepared->input_layouts.push_back(nullptr);
  prepared->output_layouts = {prepared->task.layoutOf(bias ? 3 : 2)};
  return prepared;
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  if (in.size() > 2) {
    runTask(context, std::array{in[0].data, in[1].data, in[2].data, out[0].data});
  } else {
    runTask(context, std::array{in[0].data, in[1].data, out[0].data});
  }
}

PreparedPtr prepareDataGradient(const PrepareContext& c) {
  auto prepared =
      prepareTask(c, ConvTask::Kind::kDataGradient, c.inputs[2].shape, c.inputs[0].shape, false);
  // The data is there for its shape alone: any layout will do.
  prepared->input_layouts = {prepared->task.layoutOf(0), prepared->task.layoutOf(1),
                             c.inputs[2].layout};
  prepared->output_layouts = {prepared->task.layoutOf(2)};
  return prepared;
}

void runDataGradient(KernelContext& context, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  runTask(context, std::array{in[0].data, in[1].data, out[0].data});
}

PreparedPtr prepareWeightGradient(const PrepareContext& c) {
  const bool bias = c.outputs.size() > 1;
  auto prepared =
      prepareTask(c, ConvTask::Kind::kWeightGradient, c.inputs[1].shape, c.inputs[0].shape, bias);
  prepared->input_layouts = {prepared->task.layoutOf(0), prepared->task.layoutOf(1)};
  return prepared;
}

void runWeightGradient(KernelContext& context, std::span<const TensorView> in,
                       std::span<const TensorView> out, std::span<const Request> requests) {
  const ConvTask& task = static_cast<const PreparedConvolution*>(context.prepared())->task;
  const bool bias = out.size() > 1;
  if (requests[0] == Request::kNull && (!bias || requests[1] == Request::kNull)) return;
  // Both come out of one pass: what is not wanted goes to scratch memory.
  const size_t scratch = onednn::aligned(task.workspaceBytes());
  size_t spare = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] == Request::kNull)
      spare += onednn::aligned(static_cast<size_t>(out[i].bytes()));
  }
  auto* workspace = static_cast<std::byte*>(context.workspace(scratch + spare));
  std::byte* next = workspace + scratch;
  const auto target = [&](size_t i) -> void* {
    if (requests[i] != Request::kNull) return out[i].data;
    return std::exchange(next, next + onednn::aligned(static_cast<size_t>(out[i].bytes())));
  };
  if (bias) {
    task.run(std::array{in[0].data, in[1].data, target(0), target(1)}, workspace);
  } else {
    task.run(std::array{in[0].data, in[1].data, target(0)}, workspace);
  }
}

// --- gradient and registration

std::vector<Value> gradient(GradientBuilder& b) {
  const bool bias = !paramsOf(b.attrs()).no_bias;
  const AttrMap& attrs = b.attrs().dict();
  std::vector<Value> result(bias ? 3 : 2);
  const Value dy = b.outputGradient(0);
  if (b.needs(0))
    result[0] = b.apply("_backward_Convolution_data", {dy, b.input(1), b.input(0)}, attrs);
  if (b.needs(1) || (bias && b.needs(2))) {
    const std::vector<Value> inputs = {dy, b.input(0)};
    const std::vector<Value> made = b.applyAll("_backward_Convolution_weight", inputs, attrs);
    std::copy(made.begin(), made.end(), result.begin() + 1);
  }
  return result;
}

int countInputs(const ConvolutionParams& p) { return p.no_bias ? 2 : 3; }
int countGradients(const ConvolutionParams& p) { return p.no_bias ? 1 : 2; }

const OpRegistration kConvolution =
    OpBuilder("Convolution")
        .doc(
            "Convolution in one to three spatial dimensions. Data is (n, channels, …), the weight "
            "(num_filter, "
            "channels / num_group, kernel…), the bias (num_filter,); each spatial extent becomes "
            "floor((in + 2·pad - "
            "dilate·(kernel - 1) - 1) / stride) + 1.")
        .group("nn")
        .params<ConvolutionParams>()
        .input("data", "The images.")
        .input("weight", "The filters.")
        .input("bias", "Added to every element of a channel; absent with no_bias.")
        .inputCount<ConvolutionParams>(countInputs)
        .shape(inferForward)
        .type(sameFloatingType)
        .gradient(gradient)
        .cpu(throughFloat<prepareForward, runForward>({.adds = false, .picks_layouts = true}));

const OpRegistration kDataGradient = OpBuilder("_backward_Convolution_data")
                                         .doc("The gradient of Convolution's data.")
                                         .params<ConvolutionParams>()
                                         .input("ograd", "The output's gradient.")
                                         .input("weight", "The layer's weight.")
                                         .input("data", "The layer's data, for its shape.")
                                         .shape(inferDataGradient)
                                         .type(sameFloatingType)
                                         .hidden()
                                         .cpu(throughFloat<prepareDataGradient, runDataGradient>(
                                             {.adds = false, .picks_layouts = true}));

const OpRegistration kWeightGradient =
    OpBuilder("_backward_Convolution_weight")
        .doc("The gradients of Convolution's weight and bias.")
        .params<ConvolutionParams>()
        .input("ograd", "The output's gradient.")
        .input("data", "The layer's data.")
        .output("weight_grad", "The weight's gradient.")
        .output("bias_grad", "The bias's gradient; absent with no_bias.")
        .outputCount<ConvolutionParams>(countGradients)
        .shape(inferWeightGradient)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareWeightGradient, runWeightGradient>(
            {.adds = false, .picks_layouts = true}));

}  // namespace
}  // namespace tenon
