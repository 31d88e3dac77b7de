// LeakyReLU and its gradient; the formulas stand in cpp/ops/nn/leaky_relu.cc.
//
// prelu's two gradients are one pass: the sums per channel visit every element once and leave the
// data's gradient there.
#include "device/draw.cuh"
#include "ops/elementwise/map.cuh"
#include "ops/init/fill.cuh"
#include "ops/loops/channels.cuh"
#include "ops/nn/leaky_relu.h"

namespace tenon::cuda {
namespace {

/// Where elements find their slopes: one for all, one each, or one per channel.
template <class C>
struct Slopes {
  C number;
  MapOperand each;       ///< without data it is the number
  const void* channels;  ///< not null: by the element's channel
  DType dtype;
  ChannelIndex channel;

  __device__ __forceinline__ C at(int64_t i) const {
    if (channels != nullptr) return loadOne<C>(channels, dtype, channel(i));
    return loadAt(each, number, each.moves ? i : 0);
  }
  template <int N>
  __device__ __forceinline__ void load(C (&to)[N], int64_t first, int64_t count) const {
    if (channels == nullptr) return loadOperand(to, each, number, first, count, count >= N);
#pragma unroll
    for (int i = 0; i < N; ++i) to[i] = i < count ? at(first + i) : C(0);
  }
};

template <RectifierKind K, class C>
__global__ void __launch_bounds__(kThreads)
    rectifyKernel(const MapArgs<C> args, const Slopes<C> slopes) {
  constexpr int N = kPack<C>;
  mapPacks(args, [&](C(&x)[N], int64_t first, int64_t count) {
    C a[N];
    slopes.load(a, first, count);
#pragma unroll
    for (int i = 0; i < N; ++i) x[i] = rectified(K, x[i], a[i]);
  });
}

template <RectifierKind K, class C>
__global__ void __launch_bounds__(kThreads)
    rectifierGradientKernel(const MapArgs<C> args, const Slopes<C> slopes) {
  constexpr int N = kPack<C>;
  mapPacks(args, [&](C(&dy)[N], int64_t first, int64_t count) {
    C x[N];
    C a[N];
    loadOperand(x, args.b, args.number, first, count, count >= N);
    slopes.load(a, first, count);
#pragma unroll
    for (int i = 0; i < N; ++i) dy[i] *= rectifierSlope(K, x[i], a[i]);
  });
}

/// Four slopes of a counter, and what they make of the elements.
struct DrawArgs {
  const void* x;
  void* y;       ///< null: only the slopes are wanted
  void* slopes;  ///< may be null
  DType dtype;
  int64_t size;
  bool aligned;
  LeakyReluParams params;
  RandomState random;
};

template <class C>
__global__ void __launch_bounds__(kThreads) drawnKernel(const DrawArgs args) {
  forEachDrawn(args.random, args.size, args.aligned,
               [&](const Philox4& drawn, int64_t first, int64_t left, bool whole) {
                 C a[4];
#pragma unroll
                 for (int i = 0; i < 4; ++i)
                   a[i] = static_cast<C>(args.params.drawnSlope(drawn.x[i]));
                 if (args.slopes != nullptr)
                   storePack(args.slopes, args.dtype, a, first, left, whole);
                 if (args.y == nullptr) return;
                 C x[4];
                 loadPack(x, args.x, args.dtype, first, left, whole);
#pragma unroll
                 for (int i = 0; i < 4; ++i) x[i] = rectified(RectifierKind::kRrelu, x[i], a[i]);
                 storePack(args.y, args.dtype, x, first, left, whole);
               });
}

/// Sums of dY·X where X is negative; leaves dX on the way.
template <class C>
struct PreluGradient {
  const void *dy, *x, *gamma;
  void* dx;  ///< may be null
  DType dtype;
  bool shared;  ///< one slope for all
  __device__ __forceinline__ void operator()(int64_t channel, int64_t, int64_t i,
                                             C (&sums)[1]) const {
    const C gradient = loadOne<C>(dy, dtype, i);
    const C value = loadOne<C>(x, dtype, i);
    if (value < C(0)) sums[0] += gradient * value;
    if (dx == nullptr) return;
    const C a = loadOne<C>(gamma, dtype, shared ? 0 : channel);
    storeOne(dx, dtype, i, gradient * rectifierSlope(RectifierKind::kPrelu, value, a));
  }
};

/// Calls body.operator()<K>() with the kind; those that differ by their slopes only are one.
template <class F>
void withKind(RectifierKind kind, F&& body) {
  switch (kind) {
    case RectifierKind::kElu:
      return body.template operator()<RectifierKind::kElu>();
    case RectifierKind::kSelu:
      return body.template operator()<RectifierKind::kSelu>();
    case RectifierKind::kGelu:
      return body.template operator()<RectifierKind::kGelu>();
    default:
      return body.template operator()<RectifierKind::kLeaky>();
  }
}

/// `given`: gamma or the slopes that were drawn; null: `number` for all.
template <class C>
Slopes<C> slopesOf(const TensorView& data, const TensorView* given, float number) {
  const bool channels = given != nullptr && given->size() != 1 && given->shape != data.shape;
  const ChannelView view = channels ? gammaView(data.shape, given->size()) : ChannelView{};
  return {.number = static_cast<C>(number),
          .each = given == nullptr || channels ? MapOperand{} : mapOperand<C>(*given, data.size()),
          .channels = channels ? given->data : nullptr,
          .dtype = data.dtype,
          .channel = ChannelIndex(view)};
}

void rectify(const Context& context, const LeakyReluParams& p, const TensorView& x,
             const TensorView* gamma, float slope, const TensorView& y) {
  if (y.size() == 0) return;
  withCompute<false>(y.dtype, [&]<class C>(C) {
    MapArgs<C> args = mapArgs<C>(y, Request::kWrite, kNoParams);
    args.a = mapOperand<C>(x, args.size);
    withKind(p.act_type, [&]<RectifierKind K>() {
      launchPacks(context, rectifyKernel<K, C>, args, slopesOf<C>(x, gamma, slope));
    });
  });
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<LeakyReluParams>();
  const bool wanted = requests[0] != Request::kNull;
  const TensorView& x = in[0];
  if (p.act_type != RectifierKind::kRrelu) {
    if (wanted) rectify(context, p, x, in.size() > 1 ? &in[1] : nullptr, p.slope, out[0]);
    return;
  }
  void* const slopes = requests[1] == Request::kNull ? nullptr : out[1].data;
  if (!context.training()) {
    if (slopes != nullptr) fill(context, out[1], static_cast<double>(p.meanSlope()));
    if (wanted) rectify(context, p, x, nullptr, p.meanSlope(), out[0]);
    return;
  }
  if (!wanted && slopes == nullptr) return;
  void* const y = wanted ? out[0].data : nullptr;
  withCompute<false>(x.dtype, [&]<class C>(C) {
    launchItems(context, drawnKernel<C>, (x.size() + 3) / 4,
                DrawArgs{.x = x.data,
                         .y = y,
                         .slopes = slopes,
                         .dtype = x.dtype,
                         .size = x.size(),
                         .aligned = isAlignedFor(x.data, x.dtype, 4) &&
                                    isAlignedFor(y, x.dtype, 4) && isAlignedFor(slopes, x.dtype, 4),
                         .params = p,
                         .random = context.random()});
  });
}

// dY, data, (gamma | slopes) -> dX, (dgamma)
void runBackward(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<LeakyReluParams>();
  const bool wanted = requests[0] != Request::kNull;
  const TensorView& x = in[1];
  if (p.act_type == RectifierKind::kPrelu && requests[1] != Request::kNull) {
    const ChannelView view = gammaView(x.shape, in[2].size());
    return withCompute<false>(x.dtype, [&]<class C>(C) {
      C* const partials =
          static_cast<C*>(context.workspace(partialBytes<C, 1>(context.device(), view)));
      launchChannelSums<C, 1>(context, view, partials,
                              PreluGradient<C>{.dy = in[0].data,
                                               .x = x.data,
                                               .gamma = in[2].data,
                                               .dx = wanted ? out[0].data : nullptr,
                                               .dtype = x.dtype,
                                               .shared = in[2].size() == 1});
      storeChannelSums<1>(context, view, partials, 0, out[1], requests[1]);
    });
  }
  if (!wanted || x.size() == 0) return;
  withCompute<false>(x.dtype, [&]<class C>(C) {
    MapArgs<C> args = mapArgs<C>(out[0], Request::kWrite, kNoParams);
    args.a = mapOperand<C>(in[0], args.size);
    args.b = mapOperand<C>(x, args.size);
    withKind(p.act_type, [&]<RectifierKind K>() {
      launchPacks(context, rectifierGradientKernel<K, C>, args,
                  slopesOf<C>(x, in.size() > 2 ? &in[2] : nullptr, p.slope));
    });
  });
}

const KernelRegistration kKernels = {
    {"LeakyReLU", {.run = runForward, .adds = false}},
    {"_backward_LeakyReLU", {.run = runBackward, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
