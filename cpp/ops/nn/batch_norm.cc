// BatchNorm: Y = gamma·(X − mean)/sqrt(var + eps) + beta, per channel. In training mean and
// (population) variance are the batch's, and the moving ones follow: moving = momentum·moving + (1
// − momentum)·batch. Otherwise, and with use_global_stats, they are the moving ones.
//
// With x̂ the normalised X and n elements to a channel: dbeta = Σ dY, dgamma = Σ dY·x̂,
//   dX = gamma/sqrt(var + eps)·(dY − dbeta/n − x̂·dgamma/n), without the two sums where the
//   statistics are given.
// The second and third output hold the mean and 1/sqrt(var + eps) that were used, the fourth,
// hidden, whose they are.
#include <cmath>

#include "ops/linalg/through_float.h"
#include "ops/nn/batch_norm_params.h"
#include "ops/nn/channel_loops.h"
#include "ops/nn/real.h"
#include "ops/onednn/layout.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const BatchNormParams& paramsOf(const OpAttrs& attrs) { return attrs.params<BatchNormParams>(); }

enum Input { kData, kGamma, kBeta, kMovingMean, kMovingVar };
enum Output { kResult, kMean, kInverse, kFromBatch };

// --- shapes and types

Shape channelShape(const OpAttrs& attrs, const Shape& data) {
  if (!data.rankKnown()) return Shape::ofRank(1);
  return {data[data.axis(paramsOf(attrs).axis, attrs.op().name)]};
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  sameAsFirst(attrs, in, out.first(1));
  const Shape channels = channelShape(attrs, in[kData]);
  constexpr const char* kNames[] = {"data", "gamma", "beta", "moving_mean", "moving_var"};
  for (size_t i = kGamma; i < in.size(); ++i) unify(attrs, kNames[i], in[i], channels);
  unify(attrs, "mean", out[kMean], channels);
  unify(attrs, "var", out[kInverse], channels);
  unify(attrs, "from_batch", out[kFromBatch], Shape{1});
}

/// Parameters and statistics of half data are float32.
void inferTypes(const OpAttrs& attrs, std::span<DType> data, std::span<DType> rest) {
  sameFloatingType(attrs, data, {});
  if (data[0] == DType::kUnknown) return;
  const DType wide = isHalf(data[0]) ? DType::kFloat32 : data[0];
  for (DType& dtype : rest) unify(attrs, "a parameter or statistic", dtype, wide);
}

void inferForwardType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  DType data[] = {in[0], out[0]};
  inferTypes(attrs, data, in.subspan(1));
  inferTypes(attrs, data, out.subspan(1));
  in[0] = data[0];
  out[0] = data[1];
}

// dY, data, gamma, mean, inverse, from_batch -> dX, dgamma, dbeta
void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  allSame(attrs, in.first(2), out.first(1));
  const Shape channels = channelShape(attrs, in[1]);
  for (Shape& shape : in.subspan(2, 3)) unify(attrs, "a parameter or statistic", shape, channels);
  unify(attrs, "from_batch", in[5], Shape{1});
  for (Shape& shape : out.subspan(1)) unify(attrs, "a parameter's gradient", shape, channels);
}

void inferBackwardType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  DType data[] = {in[0], in[1], out[0]};
  inferTypes(attrs, data, in.subspan(2));
  inferTypes(attrs, data, out.subspan(1));
  in[0] = data[0];
  in[1] = data[1];
  out[0] = data[2];
}

// --- kernels

struct PreparedBatchNorm final : Prepared {
  ChannelView view;
};

/// Any dense layout with channels last in memory is as good as row-major.
std::shared_ptr<PreparedBatchNorm> prepareFor(const PrepareContext& c, const TensorSpec& data,
                                              LayoutPtr* layout) {
  auto prepared = std::make_shared<PreparedBatchNorm>();
  const int axis = data.shape.axis(paramsOf(c.attrs).axis, c.attrs.op().name);
  prepared->view = {data.shape.product(0, axis), data.shape[axis],
                    data.shape.product(axis + 1, data.shape.rank())};
  if (!c.layouts_free || !data.layout || axis != 1) return prepared;
  const LayoutPtr last =
      onednn::layoutOf(onednn::channelsLast(onednn::dimsOf(data.shape), data.dtype));
  if (last && last->equals(*data.layout)) {
    prepared->view = {prepared->view.outer * prepared->view.inner, prepared->view.channels, 1};
    *layout = last;
  }
  return prepared;
}

PreparedPtr prepareForward(const PrepareContext& c) {
  LayoutPtr layout;
  auto prepared = prepareFor(c, c.inputs[kData], &layout);
  prepared->input_layouts = {layout};
  prepared->output_layouts = {layout};
  return prepared;
}

PreparedPtr prepareBackward(const PrepareContext& c) {
  LayoutPtr layout;
  auto prepared = prepareFor(c, c.inputs[1], &layout);
  prepared->input_layouts = {layout, layout};
  prepared->output_layouts = {layout};
  return prepared;
}

/// Whether forward takes the batch's statistics. Backward is told by an output of forward: it may
/// run when training mode is over.
bool usesBatch(const KernelContext& context) {
  return context.training() && !paramsOf(context.attrs()).use_global_stats;
}

/// The batch's mean and variance per channel; the moving ones follow.
template <class T>
void batchStatistics(const BatchNormParams& p, const ChannelView& view, const T* x, double* mean,
                     double* variance, std::span<const TensorView> in) {
  const double count = static_cast<double>(view.perChannel());
  sumPerChannel<T>(view, mean, [=](int64_t, int64_t i) { return x[i]; });
  std::vector<T> center(static_cast<size_t>(view.channels));
  for (int64_t c = 0; c < view.channels; ++c)
    center[static_cast<size_t>(c)] = static_cast<T>(mean[c] /= count);
  sumPerChannel<T>(view, variance, [x, m = center.data()](int64_t c, int64_t i) {
    return (x[i] - m[c]) * (x[i] - m[c]);
  });
  const double kept = p.momentum;
  for (int64_t c = 0; c < view.channels; ++c) {
    variance[c] /= count;
    T& moving_mean = in[kMovingMean].as<T>()[c];
    T& moving_var = in[kMovingVar].as<T>()[c];
    moving_mean = static_cast<T>(kept * moving_mean + (1 - kept) * mean[c]);
    moving_var = static_cast<T>(kept * moving_var + (1 - kept) * variance[c]);
  }
}

template <class T>
void forward(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = paramsOf(context.attrs());
  const ChannelView& view = static_cast<const PreparedBatchNorm*>(context.prepared())->view;
  const auto channels = static_cast<size_t>(view.channels);
  const T* x = in[kData].as<T>();
  std::vector<double> mean(channels), variance(channels);
  if (usesBatch(context) && view.perChannel() > 0) {
    batchStatistics(p, view, x, mean.data(), variance.data(), in);
  } else {
    std::copy_n(in[kMovingMean].as<T>(), channels, mean.begin());
    std::copy_n(in[kMovingVar].as<T>(), channels, variance.begin());
  }
  if (requests[kFromBatch] != Request::kNull)
    out[kFromBatch].as<T>()[0] = usesBatch(context) ? T(1) : T(0);
  // Y = scale·X + shift.
  std::vector<T> scale(channels), shift(channels);
  for (size_t c = 0; c < channels; ++c) {
    const double inverse = 1 / std::sqrt(variance[c] + p.eps);
    const double factor =
        inverse * (p.fix_gamma ? 1.0 : static_cast<double>(in[kGamma].as<T>()[c]));
    scale[c] = static_cast<T>(factor);
    shift[c] = static_cast<T>(static_cast<double>(in[kBeta].as<T>()[c]) - mean[c] * factor);
    if (requests[kMean] != Request::kNull) out[kMean].as<T>()[c] = static_cast<T>(mean[c]);
    if (requests[kInverse] != Request::kNull) out[kInverse].as<T>()[c] = static_cast<T>(inverse);
  }
  if (requests[kResult] == Request::kNull) return;
  forEachOfChannels(view, [x, y = out[kResult].as<T>(), a = scale.data(), b = shift.data()](
                              int64_t c, int64_t i) { y[i] = a[c] * x[i] + b[c]; });
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  dispatchReal(in[kData].dtype, [&]<class T>() { forward<T>(context, in, out, requests); });
}

template <class T>
void backward(KernelContext& context, std::span<const TensorView> in,
              std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = paramsOf(context.attrs());
  const ChannelView& view = static_cast<const PreparedBatchNorm*>(context.prepared())->view;
  const auto channels = static_cast<size_t>(view.channels);
  const T *dy = in[0].as<T>(), *x = in[1].as<T>(), *gamma = in[2].as<T>(), *mean = in[3].as<T>();
  const T* inverse = in[4].as<T>();
  std::vector<double> sums(channels), products(channels);
  sumPerChannel<T>(view, sums.data(), [=](int64_t, int64_t i) { return dy[i]; });
  sumPerChannel<T>(view, products.data(),
                   [=](int64_t c, int64_t i) { return dy[i] * (x[i] - mean[c]); });

  // dX = a·dY + b·(X − mean) + d.
  const double count = static_cast<double>(std::max<int64_t>(view.perChannel(), 1));
  const bool batch = in[5].as<T>()[0] != T(0);
  std::vector<T> a(channels), b(channels), d(channels);
  for (size_t c = 0; c < channels; ++c) {
    const double invert = static_cast<double>(inverse[c]);
    const double factor = invert * (p.fix_gamma ? 1.0 : static_cast<double>(gamma[c]));
    a[c] = static_cast<T>(factor);
    b[c] = static_cast<T>(batch ? -factor * invert * invert * products[c] / count : 0.0);
    d[c] = static_cast<T>(batch ? -factor * sums[c] / count : 0.0);
    if (requests[1] != Request::kNull)
      out[1].as<T>()[c] = p.fix_gamma ? T(0) : static_cast<T>(products[c] * invert);
    if (requests[2] != Request::kNull) out[2].as<T>()[c] = static_cast<T>(sums[c]);
  }
  if (requests[0] == Request::kNull) return;
  forEachOfChannels(view, [=, dx = out[0].as<T>(), pa = a.data(), pb = b.data(), pd = d.data()](
                              int64_t c, int64_t i) {
    dx[i] = pa[c] * dy[i] + pb[c] * (x[i] - mean[c]) + pd[c];
  });
}

void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  dispatchReal(in[0].dtype, [&]<class T>() { backward<T>(context, in, out, requests); });
}

std::vector<Value> gradient(GradientBuilder& b) {
  const std::vector<Value> inputs = {b.outputGradient(kResult), b.input(kData),
                                     b.input(kGamma),           b.output(kMean),
                                     b.output(kInverse),        b.output(kFromBatch)};
  std::vector<Value> gradients = b.applyAll("_backward_BatchNorm", inputs, b.attrs().dict());
  gradients.resize(5);
  return gradients;
}

int visibleOutputs(const BatchNormParams& p) { return p.output_mean_var ? 3 : 1; }

const OpRegistration kBatchNorm =
    OpBuilder("BatchNorm")
        .doc(
            "Normalises each channel to mean 0 and variance 1, then scales it by gamma and adds "
            "beta. Training uses the "
            "batch's statistics and keeps moving averages, which inference uses.")
        .group("nn")
        .params<BatchNormParams>()
        .input("data", "The input.")
        .input("gamma", "Scale of each channel; taken for 1 with fix_gamma.")
        .input("beta", "Added to each channel.")
        .input("moving_mean", "Moving average of the mean; updated in training.")
        .input("moving_var", "Moving average of the variance; updated in training.")
        .output("output", "The normalised data.")
        .output("mean", "The mean that was used.")
        .output("var", "1/sqrt(var + eps), as it was used.")
        .output("from_batch", "1 if these are the batch's own, 0 if they were given.")
        .visibleOutputs<BatchNormParams>(visibleOutputs)
        .mutates({kMovingMean, kMovingVar})
        .shape(inferForward)
        .type(inferForwardType)
        .gradient(gradient)
        .inplace({{0, 0}})
        .cpu(throughFloat<prepareForward, runForward>({.adds = false, .picks_layouts = true}));

const OpRegistration kBatchNormGradient =
    OpBuilder("_backward_BatchNorm")
        .doc("The gradients of BatchNorm.")
        .params<BatchNormParams>()
        .input("ograd", "The output's gradient.")
        .input("data", "The input.")
        .input("gamma", "Scale of each channel.")
        .input("mean", "The mean that was used.")
        .input("var", "1/sqrt(var + eps), as it was used.")
        .input("from_batch", "1 if these are the batch's own, 0 if they were given.")
        .output("data_grad", "The data's gradient.")
        .output("gamma_grad", "gamma's gradient.")
        .output("beta_grad", "beta's gradient.")
        .shape(inferBackward)
        .type(inferBackwardType)
        .inplace({{0, 0}})
        .hidden()
        .cpu(throughFloat<prepareBackward, runBackward>({.adds = false, .picks_layouts = true}));

}  // namespace
}  // namespace tenon
