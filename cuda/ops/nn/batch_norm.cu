// BatchNorm and its gradient (the formulas are in cpp/ops/nn/batch_norm.cc): sums per channel, a
// few numbers for each channel, one pass over the elements.
//
// Not by cuDNN: its moving variance is the unbiased one, where ours is the population's as on the
// CPU; and its gradient is either that of the batch's statistics or that of given ones, where here
// an output of forward, known to the device alone, says which it is.
#include "ops/loops/channels.cuh"
#include "ops/nn/batch_norm_params.h"

namespace tenon::cuda {
namespace {

enum Input { kData, kGamma, kBeta, kMovingMean, kMovingVar };
enum Output { kResult, kMean, kInverse, kFromBatch };

ChannelView viewOf(const BatchNormParams& p, const Shape& shape) {
  const int axis = p.axis < 0 ? p.axis + shape.rank() : p.axis;
  return {.outer = shape.product(0, axis),
          .channels = shape[axis],
          .inner = shape.product(axis + 1, shape.rank())};
}

template <class C>
C* orNull(const TensorView& view, Request request) {
  return request == Request::kNull ? nullptr : static_cast<C*>(view.data);
}

// --- forward

template <class C>
struct SquaredDistance {
  const void* x;
  DType dtype;
  const C* mean;
  __device__ __forceinline__ void operator()(int64_t channel, int64_t, int64_t i,
                                             C (&sums)[1]) const {
    const C distance = loadOne<C>(x, dtype, i) - mean[channel];
    sums[0] += distance * distance;
  }
};

/// sums[c] = a channel's sum, divided by the number of its elements.
template <class C>
__global__ void __launch_bounds__(kThreads)
    meanKernel(const C* partials, const int64_t parts, const int64_t channels, const int64_t count,
               C* means) {
  forEachItem(channels, [&](int64_t c) {
    means[c] = gathered<1>(partials, parts, channels, 0, c) / static_cast<C>(count);
  });
}

/// Parameters and statistics of the channels.
template <class C>
struct Statistics {
  const C *gamma, *beta;  ///< gamma null: 1
  C *moving_mean, *moving_var;
  C *mean, *variance;  ///< the batch's; null: the moving ones are used
  C kept;              ///< of the moving ones
  C eps;
  C *used_mean, *used_inverse, *from_batch;  ///< outputs; may be null
  C *center, *factor;                        ///< y = factor·(x − center) + beta
};

template <class C>
__global__ void __launch_bounds__(kThreads)
    statisticsKernel(const Statistics<C> s, const int64_t channels, const bool batch) {
  forEachItem(channels, [&](int64_t c) {
    C mean = s.moving_mean[c];
    C variance = s.moving_var[c];
    if (s.mean != nullptr) {
      s.moving_mean[c] = s.kept * mean + (C(1) - s.kept) * s.mean[c];
      s.moving_var[c] = s.kept * variance + (C(1) - s.kept) * s.variance[c];
      mean = s.mean[c];
      variance = s.variance[c];
    }
    const C inverse = C(1) / sqrt(variance + s.eps);
    s.center[c] = mean;
    s.factor[c] = s.gamma == nullptr ? inverse : inverse * s.gamma[c];
    if (s.used_mean != nullptr) s.used_mean[c] = mean;
    if (s.used_inverse != nullptr) s.used_inverse[c] = inverse;
  });
  if (s.from_batch != nullptr && blockIdx.x == 0 && threadIdx.x == 0)
    s.from_batch[0] = batch ? C(1) : C(0);
}

template <class C>
__global__ void __launch_bounds__(kThreads)
    normaliseKernel(const ChannelIndex channel, const DType dtype, const void* x, const C* center,
                    const C* factor, const C* beta, void* y) {
  forEachItem(channel.view.size(), [&](int64_t i) {
    const int64_t c = channel(i);
    storeOne(y, dtype, i, factor[c] * (loadOne<C>(x, dtype, i) - center[c]) + beta[c]);
  });
}

template <class C>
void forward(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<BatchNormParams>();
  const ChannelView view = viewOf(p, in[kData].shape);
  const DType dtype = in[kData].dtype;
  const bool batch = context.training() && !p.use_global_stats;
  const int64_t channels = view.channels;
  const auto numbers = static_cast<size_t>(channels);
  C* const center = static_cast<C*>(
      context.workspace(4 * numbers * sizeof(C) + partialBytes<C, 1>(context.device(), view)));
  C* const factor = center + channels;
  C* const mean = factor + channels;
  C* const variance = mean + channels;
  C* const partials = variance + channels;
  const bool measures = batch && view.perChannel() > 0;
  if (measures) {
    const int64_t parts = partsOf(context.device(), view).parts;
    const auto gather = [&](C* to) {
      launchItems(context, meanKernel<C>, channels, partials, parts, channels, view.perChannel(),
                  to);
    };
    launchChannelSums<C, 1>(context, view, partials, ChannelElement<C>{in[kData].data, dtype});
    gather(mean);
    launchChannelSums<C, 1>(context, view, partials,
                            SquaredDistance<C>{in[kData].data, dtype, mean});
    gather(variance);
  }
  const Statistics<C> statistics = {
      .gamma = p.fix_gamma ? nullptr : static_cast<const C*>(in[kGamma].data),
      .beta = static_cast<const C*>(in[kBeta].data),
      .moving_mean = static_cast<C*>(in[kMovingMean].data),
      .moving_var = static_cast<C*>(in[kMovingVar].data),
      .mean = measures ? mean : nullptr,
      .variance = variance,
      .kept = static_cast<C>(p.momentum),
      .eps = static_cast<C>(p.eps),
      .used_mean = orNull<C>(out[kMean], requests[kMean]),
      .used_inverse = orNull<C>(out[kInverse], requests[kInverse]),
      .from_batch = orNull<C>(out[kFromBatch], requests[kFromBatch]),
      .center = center,
      .factor = factor};
  // One block at least: `from_batch` is not a channel's.
  launchItems(context, statisticsKernel<C>, std::max<int64_t>(channels, 1), statistics, channels,
              batch);
  if (requests[kResult] == Request::kNull) return;
  launchItems(context, normaliseKernel<C>, view.size(), ChannelIndex(view), dtype, in[kData].data,
              center, factor, statistics.beta, out[kResult].data);
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  withCompute<false>(in[kData].dtype, [&]<class C>(C) { forward<C>(context, in, out, requests); });
}

// --- gradient: dY, data, gamma, mean, inverse, from_batch -> dX, dgamma, dbeta

template <class C>
struct GradientSums {
  const void *dy, *x;
  DType dtype;
  const C* mean;
  __device__ __forceinline__ void operator()(int64_t channel, int64_t, int64_t i,
                                             C (&sums)[2]) const {
    const C gradient = loadOne<C>(dy, dtype, i);
    sums[0] += gradient;
    sums[1] += gradient * (loadOne<C>(x, dtype, i) - mean[channel]);
  }
};

template <class C>
struct Slopes {
  const C* partials;
  int64_t parts, count;
  const C *gamma, *inverse, *from_batch;  ///< gamma null: 1
  C *gamma_gradient, *beta_gradient;      ///< may be null
  C *a, *b, *d;                           ///< dX = a·dY + b·(X − mean) + d
};

template <class C>
__global__ void __launch_bounds__(kThreads)
    slopesKernel(const Slopes<C> s, const int64_t channels) {
  forEachItem(channels, [&](int64_t c) {
    const C sum = gathered<2>(s.partials, s.parts, channels, 0, c);
    const C product = gathered<2>(s.partials, s.parts, channels, 1, c);
    const C inverse = s.inverse[c];
    const C factor = s.gamma == nullptr ? inverse : inverse * s.gamma[c];
    const C share = s.from_batch[0] != C(0) ? factor / static_cast<C>(s.count) : C(0);
    s.a[c] = factor;
    s.b[c] = -share * inverse * inverse * product;
    s.d[c] = -share * sum;
    if (s.gamma_gradient != nullptr)
      s.gamma_gradient[c] = s.gamma == nullptr ? C(0) : product * inverse;
    if (s.beta_gradient != nullptr) s.beta_gradient[c] = sum;
  });
}

template <class C>
__global__ void __launch_bounds__(kThreads)
    dataGradientKernel(const ChannelIndex channel, const DType dtype, const void* dy, const void* x,
                       const C* mean, const C* a, const C* b, const C* d, void* dx) {
  forEachItem(channel.view.size(), [&](int64_t i) {
    const int64_t c = channel(i);
    const C distance = loadOne<C>(x, dtype, i) - mean[c];
    storeOne(dx, dtype, i, a[c] * loadOne<C>(dy, dtype, i) + b[c] * distance + d[c]);
  });
}

template <class C>
void backward(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<BatchNormParams>();
  const ChannelView view = viewOf(p, in[1].shape);
  const DType dtype = in[1].dtype;
  const int64_t channels = view.channels;
  const auto numbers = static_cast<size_t>(channels);
  C* const a = static_cast<C*>(
      context.workspace(3 * numbers * sizeof(C) + partialBytes<C, 2>(context.device(), view)));
  C* const b = a + channels;
  C* const d = b + channels;
  C* const partials = d + channels;
  const C* const mean = static_cast<const C*>(in[3].data);
  launchChannelSums<C, 2>(context, view, partials,
                          GradientSums<C>{in[0].data, in[1].data, dtype, mean});
  const Slopes<C> slopes = {.partials = partials,
                            .parts = partsOf(context.device(), view).parts,
                            .count = std::max<int64_t>(view.perChannel(), 1),
                            .gamma = p.fix_gamma ? nullptr : static_cast<const C*>(in[2].data),
                            .inverse = static_cast<const C*>(in[4].data),
                            .from_batch = static_cast<const C*>(in[5].data),
                            .gamma_gradient = orNull<C>(out[1], requests[1]),
                            .beta_gradient = orNull<C>(out[2], requests[2]),
                            .a = a,
                            .b = b,
                            .d = d};
  launchItems(context, slopesKernel<C>, channels, slopes, channels);
  if (requests[0] == Request::kNull) return;
  launchItems(context, dataGradientKernel<C>, view.size(), ChannelIndex(view), dtype, in[0].data,
              in[1].data, mean, a, b, d, out[0].data);
}

void runBackward(Context& context, Views in, Views out, Requests requests) {
  withCompute<false>(in[1].dtype, [&]<class C>(C) { backward<C>(context, in, out, requests); });
}

const KernelRegistration kKernels = {
    {"BatchNorm", {.run = runForward, .adds = false}},
    {"_backward_BatchNorm", {.run = runBackward, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
