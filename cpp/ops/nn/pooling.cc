// Pooling: the largest, the mean, the sum or the p-norm of each window, in one to three spatial
// dimensions.
//
// Along each axis, with k elements to the window, steps of s and p zeros at each end:
//   valid: out = floor((in + 2p − k)/s) + 1;  full: ceil instead of floor;  same: out = ceil(in/s),
//   the zeros as needed.
#include <cmath>

#include "ops/linalg/through_float.h"
#include "ops/nn/conv_params.h"
#include "ops/nn/pooling_loops.h"
#include "ops/nn/pooling_params.h"
#include "ops/nn/real.h"
#include "ops/onednn/layout.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const PoolingParams& paramsOf(const OpAttrs& attrs) { return attrs.params<PoolingParams>(); }

/// The geometry for data of a known rank; extents of `in` and `out` are -1 where unknown.
PoolGeometry geometryOf(const OpAttrs& attrs, const Shape& data) {
  const auto& p = paramsOf(attrs);
  TENON_CHECK(data.rank() >= 3 && data.rank() <= 5, kInvalidArgument, attrs.op().name,
              ": data has shape ", data, ", expected three to five axes");
  const int spatial = data.rank() - 2;
  TENON_CHECK(p.global_pool || p.kernel.rank() == spatial, kInvalidArgument, attrs.op().name,
              ": kernel is ", p.kernel, ", expected ", spatial, " extents for data of shape ",
              data);
  TENON_CHECK(p.pool_type != PoolType::kLp || p.p_value.has, kInvalidArgument, attrs.op().name,
              ": p_value is None, expected 1, 2 or 3 for pool_type lp");
  Windows w;
  if (p.global_pool) {
    w.spatial = spatial;
    w.channels_last = isChannelsLast(p.layout);
  } else {
    w = windowsOf(attrs, p.kernel, p.stride, Shape::scalar(), p.pad, p.layout);
  }
  PoolGeometry g;
  g.batch = data[0];
  g.channels = data[w.channelAxis()];
  g.type = p.pool_type;
  g.power = p.p_value.has ? p.p_value.value : 2;
  g.count_pad = !p.count_include_pad.has || p.count_include_pad.value;
  g.channels_last = w.channels_last;
  for (int i = 0; i < spatial; ++i) {
    const auto from = static_cast<size_t>(i);
    const auto to = static_cast<size_t>(3 - spatial + i);
    g.in[to] = data[w.spatialAxis(i)];
    g.out[to] = p.global_pool ? 1 : Shape::kUnknownDim;
    g.kernel[to] = p.global_pool ? std::max<int64_t>(g.in[to], 0) : w.kernel[from];
    g.stride[to] = w.stride[from];
    g.pad[to] = p.global_pool ? 0 : w.pad[from];
    if (p.global_pool || g.in[to] < 0) continue;
    if (p.pooling_convention == PoolingConvention::kSame) {
      g.out[to] = (g.in[to] + g.stride[to] - 1) / g.stride[to];
      g.pad[to] =
          std::max<int64_t>(0, (g.out[to] - 1) * g.stride[to] + g.kernel[to] - g.in[to]) / 2;
      continue;
    }
    const int64_t room = g.in[to] + 2 * g.pad[to] - g.kernel[to];
    TENON_CHECK(room >= 0, kInvalidArgument, attrs.op().name, ": the window has ", g.kernel[to],
                " elements, but axis ", w.spatialAxis(i), " of data ", data, " has ",
                g.in[to] + 2 * g.pad[to], " with its padding");
    const int64_t partial = p.pooling_convention == PoolingConvention::kFull ? g.stride[to] - 1 : 0;
    g.out[to] = (room + partial) / g.stride[to] + 1;
  }
  return g;
}

Shape outputShape(const OpAttrs& attrs, const Shape& data) {
  if (!data.rankKnown()) return data;
  const PoolGeometry g = geometryOf(attrs, data);
  Shape out = data;
  const int spatial = data.rank() - 2;
  for (int i = 0; i < spatial; ++i)
    out[g.channels_last ? 1 + i : 2 + i] = g.out[static_cast<size_t>(3 - spatial + i)];
  return out;
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  unify(attrs, "output", out[0], outputShape(attrs, in[0]));
}

// dY, data, Y -> dX
void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Shape pooled = outputShape(attrs, in[1]);
  unify(attrs, "the output's gradient", in[0], pooled);
  unify(attrs, "the output", in[2], pooled);
  unify(attrs, "the data's gradient", out[0], in[1]);
}

// --- kernels

struct PreparedPooling final : Prepared {
  PoolGeometry geometry;
};

/// Data may come with channels last in memory whatever its axes are called; then all operands do.
std::shared_ptr<PreparedPooling> prepareFor(const PrepareContext& c, const TensorSpec& data,
                                            LayoutPtr* data_layout, LayoutPtr* out_layout) {
  auto prepared = std::make_shared<PreparedPooling>();
  prepared->geometry = geometryOf(c.attrs, data.shape);
  if (!c.layouts_free || !data.layout || prepared->geometry.channels_last) return prepared;
  const LayoutPtr last =
      onednn::layoutOf(onednn::channelsLast(onednn::dimsOf(data.shape), data.dtype));
  if (!last || !last->equals(*data.layout)) return prepared;
  prepared->geometry.channels_last = true;
  *data_layout = last;
  *out_layout = onednn::layoutOf(
      onednn::channelsLast(onednn::dimsOf(outputShape(c.attrs, data.shape)), data.dtype));
  return prepared;
}

PreparedPtr prepareForward(const PrepareContext& c) {
  LayoutPtr data, out;
  auto prepared = prepareFor(c, c.inputs[0], &data, &out);
  prepared->input_layouts = {data};
  prepared->output_layouts = {out};
  return prepared;
}

PreparedPtr prepareBackward(const PrepareContext& c) {
  LayoutPtr data, out;
  auto prepared = prepareFor(c, c.inputs[1], &data, &out);
  prepared->input_layouts = {out, data, out};
  prepared->output_layouts = {data};
  return prepared;
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& prepared = *static_cast<const PreparedPooling*>(context.prepared());
  dispatchReal(in[0].dtype,
               [&]<class T>() { poolForward(prepared.geometry, in[0].as<T>(), out[0].as<T>()); });
}

void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& prepared = *static_cast<const PreparedPooling*>(context.prepared());
  dispatchReal(in[0].dtype, [&]<class T>() {
    poolBackward(prepared.geometry, in[0].as<T>(), in[1].as<T>(), in[2].as<T>(), out[0].as<T>());
  });
}

std::vector<Value> gradient(GradientBuilder& b) {
  return {b.apply("_backward_Pooling", {b.outputGradient(0), b.input(0), b.output(0)},
                  b.attrs().dict())};
}

const OpRegistration kPooling =
    OpBuilder("Pooling")
        .doc(
            "Pools windows of (n, channels, …) data in one to three spatial dimensions: their "
            "largest element, mean, sum "
            "or p-norm. A maximum passes its gradient to the first largest element.")
        .group("nn")
        .params<PoolingParams>()
        .input("data", "The images.")
        .shape(inferForward)
        .type(sameFloatingType)
        .gradient(gradient)
        .cpu(throughFloat<prepareForward, runForward>({.adds = false, .picks_layouts = true}));

const OpRegistration kPoolingGradient =
    OpBuilder("_backward_Pooling")
        .doc("The gradient of Pooling.")
        .params<PoolingParams>()
        .input("ograd", "The output's gradient.")
        .input("data", "The images.")
        .input("output", "The pooled images.")
        .shape(inferBackward)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareBackward, runBackward>({.adds = false, .picks_layouts = true}));

}  // namespace
}  // namespace tenon
