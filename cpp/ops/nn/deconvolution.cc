// Deconvolution (transposed convolution): the gradient of a convolution's data as a layer of its
// own. The convolution behind it maps this layer's output to its input, so forward is that one's
// data gradient and the other way round.
//
// out = stride·(in − 1) + dilate·(kernel − 1) + 1 − 2·pad + adj along each axis; target_shape gives
// out and finds pad and adj by itself. The weight is (channels, num_filter / num_group, kernel…).
#include "ops/linalg/through_float.h"
#include "ops/nn/conv_params.h"
#include "ops/nn/conv_task.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const DeconvolutionParams& paramsOf(const OpAttrs& attrs) {
  return attrs.params<DeconvolutionParams>();
}

/// Windows with pad found from the target, and the output's extents (-1 where unknown).
struct Layer {
  Windows windows;
  std::array<int64_t, 3> out{Shape::kUnknownDim, Shape::kUnknownDim, Shape::kUnknownDim};
};

Layer layerOf(const OpAttrs& attrs, const Shape& data) {
  const auto& p = paramsOf(attrs);
  Layer layer;
  Windows& w = layer.windows;
  w = windowsOf(attrs, p.kernel, p.stride, p.dilate, p.pad, p.layout);
  for (const auto& [name, given] :
       {std::pair{"adj", &p.adj}, std::pair{"target_shape", &p.target_shape}}) {
    TENON_CHECK(given->rank() <= 0 || given->rank() == w.spatial, kInvalidArgument, attrs.op().name,
                ": ", name, " is ", *given, ", expected one value for each of the kernel's ",
                w.spatial, " axes");
  }
  for (int i = 0; data.rankKnown() && i < w.spatial; ++i) {
    const auto axis = static_cast<size_t>(i);
    const int64_t in = data[w.spatialAxis(i)];
    if (in < 0) continue;
    Shape{in, w.stride[axis]}.checkAddressable();
    const int64_t full = w.covered(i, in);
    if (p.hasTarget()) {
      const int64_t excess = full - p.target_shape[i];
      TENON_CHECK(excess >= 0, kInvalidArgument, attrs.op().name, ": target_shape is ",
                  p.target_shape, ", but axis ", w.spatialAxis(i), " of data ", data,
                  " gives at most ", full, " elements");
      w.pad[axis] = windowsOver(p, data).pad[axis];
      layer.out[axis] = p.target_shape[i];
      continue;
    }
    const int64_t adj = p.adj.rank() > 0 ? p.adj[i] : 0;
    TENON_CHECK(adj < w.stride[axis] || adj == 0, kInvalidArgument, attrs.op().name, ": adj is ",
                p.adj, ", expected less than the stride");
    layer.out[axis] = full - 2 * w.pad[axis] + adj;
    TENON_CHECK(layer.out[axis] > 0, kInvalidArgument, attrs.op().name, ": axis ", w.spatialAxis(i),
                " of data ", data, " would get ", layer.out[axis], " elements");
  }
  return layer;
}

// --- shapes

Shape weightShape(const OpAttrs& attrs, const Windows& w, const Shape& data) {
  const auto& p = paramsOf(attrs);
  TENON_CHECK(p.num_filter % p.num_group == 0, kInvalidArgument, attrs.op().name,
              ": num_filter is ", p.num_filter, ", expected a multiple of num_group ", p.num_group);
  const int64_t channels = data.rankKnown() ? data[w.channelAxis()] : Shape::kUnknownDim;
  TENON_CHECK(channels < 0 || channels % p.num_group == 0, kInvalidArgument, attrs.op().name,
              ": data has shape ", data, " and so ", channels,
              " channels, expected a multiple of num_group ", p.num_group);
  return imageShape(w, channels, p.num_filter / p.num_group, w.kernel);
}

Shape outputShape(const OpAttrs& attrs, const Layer& layer, const Shape& data) {
  return imageShape(layer.windows, data.rankKnown() ? data[0] : Shape::kUnknownDim,
                    paramsOf(attrs).num_filter, layer.out);
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  checkRank(attrs, "data", in[0], layerOf(attrs, Shape()).windows);
  const Layer layer = layerOf(attrs, in[0]);
  unify(attrs, "weight", in[1], weightShape(attrs, layer.windows, in[0]));
  if (in.size() > 2) unify(attrs, "bias", in[2], Shape{paramsOf(attrs).num_filter});
  unify(attrs, "output", out[0], outputShape(attrs, layer, in[0]));
}

// dY, weight, data -> dX, dW, (db)
void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  checkRank(attrs, "data", in[2], layerOf(attrs, Shape()).windows);
  const Layer layer = layerOf(attrs, in[2]);
  unify(attrs, "the output's gradient", in[0], outputShape(attrs, layer, in[2]));
  unify(attrs, "weight", in[1], weightShape(attrs, layer.windows, in[2]));
  unify(attrs, "the data's gradient", out[0], in[2]);
  unify(attrs, "the weight's gradient", out[1], in[1]);
  if (out.size() > 2)
    unify(attrs, "the bias's gradient", out[2], Shape{paramsOf(attrs).num_filter});
}

// --- kernels

struct PreparedDeconvolution final : Prepared {
  ConvGeometry geometry;  ///< of the convolution behind: from this layer's output to its data
  ConvTask forward, data_gradient, weight_gradient;
};

std::shared_ptr<PreparedDeconvolution> prepareFor(const OpAttrs& attrs, const Shape& data,
                                                  const Shape& out) {
  auto prepared = std::make_shared<PreparedDeconvolution>();
  prepared->geometry =
      geometryOf(windowsOver(paramsOf(attrs), data), paramsOf(attrs).num_group, out, data);
  return prepared;
}

PreparedPtr prepareForward(const PrepareContext& c) {
  auto prepared = prepareFor(c.attrs, c.inputs[0].shape, c.outputs[0].shape);
  prepared->forward =
      ConvTask(ConvTask::Kind::kDataGradient, c.inputs[0].dtype, prepared->geometry, false, false);
  return prepared;
}

/// Calls f(channel, element) for every element of this layer's output.
template <class F>
void forEachOutput(const ConvGeometry& g, F&& f) {
  for (int64_t i = 0; i < g.batch * g.in_channels * g.inSize(); ++i) {
    f((g.channels_last ? i : i / g.inSize()) % g.in_channels, i);
  }
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& prepared = *static_cast<const PreparedDeconvolution*>(context.prepared());
  prepared.forward.run(std::array{in[0].data, in[1].data, out[0].data},
                       context.workspace(prepared.forward.workspaceBytes()));
  if (in.size() < 3) return;
  dispatchReal(in[0].dtype, [&]<class T>() {
    T* y = out[0].as<T>();
    forEachOutput(prepared.geometry,
                  [y, bias = in[2].as<T>()](int64_t channel, int64_t i) { y[i] += bias[channel]; });
  });
}

PreparedPtr prepareBackward(const PrepareContext& c) {
  auto prepared = prepareFor(c.attrs, c.inputs[2].shape, c.inputs[0].shape);
  const DType dtype = c.inputs[0].dtype;
  prepared->data_gradient =
      ConvTask(ConvTask::Kind::kForward, dtype, prepared->geometry, false, false);
  prepared->weight_gradient =
      ConvTask(ConvTask::Kind::kWeightGradient, dtype, prepared->geometry, false, false);
  return prepared;
}

void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& prepared = *static_cast<const PreparedDeconvolution*>(context.prepared());
  void* workspace = context.workspace(
      std::max(prepared.data_gradient.workspaceBytes(), prepared.weight_gradient.workspaceBytes()));
  if (requests[0] != Request::kNull) {
    prepared.data_gradient.run(std::array{in[0].data, in[1].data, out[0].data}, workspace);
  }
  if (requests[1] != Request::kNull) {
    prepared.weight_gradient.run(std::array{in[2].data, in[0].data, out[1].data}, workspace);
  }
  if (out.size() < 3 || requests[2] == Request::kNull) return;
  dispatchReal(in[0].dtype, [&]<class T>() {
    std::vector<double> sums(static_cast<size_t>(prepared.geometry.in_channels));
    forEachOutput(prepared.geometry, [&, dy = in[0].as<T>()](int64_t channel, int64_t i) {
      sums[static_cast<size_t>(channel)] += static_cast<double>(dy[i]);
    });
    for (size_t c = 0; c < sums.size(); ++c) out[2].as<T>()[c] = static_cast<T>(sums[c]);
  });
}

std::vector<Value> gradient(GradientBuilder& b) {
  const std::vector<Value> inputs = {b.outputGradient(0), b.input(1), b.input(0)};
  return b.applyAll("_backward_Deconvolution", inputs, b.attrs().dict());
}

int countInputs(const DeconvolutionParams& p) { return p.no_bias ? 2 : 3; }

const OpRegistration kDeconvolution =
    OpBuilder("Deconvolution")
        .doc(
            "Transposed convolution in one to three spatial dimensions. Data is (n, channels, …), "
            "the weight (channels, "
            "num_filter / num_group, kernel…); each spatial extent becomes stride·(in - 1) + "
            "dilate·(kernel - 1) + 1 - "
            "2·pad + adj.")
        .group("nn")
        .params<DeconvolutionParams>()
        .input("data", "The images.")
        .input("weight", "The filters.")
        .input("bias", "Added to every element of a channel; absent with no_bias.")
        .inputCount<DeconvolutionParams>(countInputs)
        .shape(inferForward)
        .type(sameFloatingType)
        .gradient(gradient)
        .cpu(throughFloat<prepareForward, runForward>({.adds = false}));

const OpRegistration kDeconvolutionGradient =
    OpBuilder("_backward_Deconvolution")
        .doc("The gradients of Deconvolution.")
        .params<DeconvolutionParams>()
        .input("ograd", "The output's gradient.")
        .input("weight", "The filters.")
        .input("data", "The images.")
        .output("data_grad", "The data's gradient.")
        .output("weight_grad", "The weight's gradient.")
        .output("bias_grad", "The bias's gradient; absent with no_bias.")
        .outputCount<DeconvolutionParams>(countInputs)
        .shape(inferBackward)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareBackward, runBackward>({.adds = false}));

}  // namespace
}  // namespace tenon
