// LayerNorm and its gradients; the formulas stand in cpp/ops/nn/layer_norm.cc.
//
// A team of threads has a row. Rows that fit stay in registers between the passes: what is in
// memory is read once. The gradients of gamma and beta are sums per channel, in trees.
#include "ops/loops/channels.cuh"
#include "ops/nn/layer_norm_params.h"
#include "ops/nn/rows.cuh"

namespace tenon::cuda {
namespace {

struct NormArgs {
  AxisView view;
  DType dtype;
  bool packs;
  double eps;
  const void *x, *gamma, *beta;
  void *y, *mean, *deviation;  ///< may be null
};

template <class C, int kOuts, int kSlots>
__global__ void __launch_bounds__(kThreads) layerNormKernel(const NormArgs args) {
  using Row = RowSlots<C, kOuts>;
  constexpr int N = Row::N;
  struct Sums {
    C differences, squares;
  };
  __shared__ C shared[kThreads];
  __shared__ Sums shared_sums[kThreads];
  const AxisView view = args.view;
  const RowTeam<kOuts> team(view);
  const Row row(team, view, args.packs);
  const auto load = [&](C(&to)[N], int64_t slot) {
    row.load(to, args.x, args.dtype, team.first, view.inner, slot);
  };
  C kept[kSlots > 0 ? kSlots : 1][N];
#pragma unroll
  for (int slot = 0; slot < kSlots; ++slot) load(kept[slot], slot);
  const auto visit = [&](auto&& body) {
    if constexpr (kSlots > 0) {
#pragma unroll
      for (int slot = 0; slot < kSlots; ++slot) body(kept[slot], slot);
    } else {
#pragma unroll 1
      for (int64_t slot = 0; slot < row.slots(); ++slot) {
        load(kept[0], slot);
        body(kept[0], slot);
      }
    }
  };

  C sum = 0;
  visit([&](const C(&x)[N], int64_t) {
#pragma unroll
    for (int j = 0; j < N; ++j) sum += x[j];
  });
  const C near = team.fold(shared, sum, [](C a, C b) { return a + b; }) / static_cast<C>(view.n);
  Sums sums{};
  visit([&](const C(&x)[N], int64_t slot) {
#pragma unroll
    for (int j = 0; j < N; ++j) {
      const C difference = row.at(slot, j) < row.n ? x[j] - near : C(0);
      sums.differences += difference;
      sums.squares += difference * difference;
    }
  });
  sums = team.fold(shared_sums, sums, [](const Sums& a, const Sums& b) {
    return Sums{a.differences + b.differences, a.squares + b.squares};
  });
  // What the first sum lost by rounding is in the differences.
  const C missed = sums.differences / static_cast<C>(view.n);
  const C mean = near + missed;
  const C squares = sums.squares - sums.differences * missed;
  // Not below 0; NaN where an element is.
  const C variance = squares > C(0) ? squares / static_cast<C>(view.n) : squares * C(0);
  const C deviation = sqrt(variance + static_cast<C>(args.eps));
  if (!team.exists) return;
  if (team.lane == 0) {
    if (args.mean != nullptr) storeOne(args.mean, args.dtype, team.output, mean);
    if (args.deviation != nullptr) storeOne(args.deviation, args.dtype, team.output, deviation);
  }
  if (args.y == nullptr) return;
  const C inverse = C(1) / deviation;
  visit([&](const C(&x)[N], int64_t slot) {
    C gamma[N];
    C y[N];
    row.load(gamma, args.gamma, args.dtype, 0, 1, slot);
    row.load(y, args.beta, args.dtype, 0, 1, slot);
#pragma unroll
    for (int j = 0; j < N; ++j) y[j] += gamma[j] * ((x[j] - mean) * inverse);
    row.store(args.y, args.dtype, y, team.first, view.inner, slot);
  });
}

/// Whether rows are whole packs, at addresses that are multiples of a pack's.
template <class C>
bool inPacks(const AxisView& view, std::initializer_list<const TensorView*> operands) {
  bool result = view.inner == 1 && view.n % kPack<C> == 0;
  for (const TensorView* operand : operands)
    result = result && isPackAligned<C>(operand->data, operand->dtype);
  return result;
}

void* orNull(const TensorView& view, Request request) {
  return request == Request::kNull ? nullptr : view.data;
}

AxisView viewOf(const Context& context, const Shape& shape) {
  return viewAround(shape, shape.axis(context.params<LayerNormParams>().axis, context.op()));
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  if (in[0].size() == 0) return;
  const AxisView view = viewOf(context, in[0].shape);
  withCompute<false>(in[0].dtype, [&]<class C>(C) {
    const NormArgs args{.view = view,
                        .dtype = in[0].dtype,
                        .packs = inPacks<C>(view, {&in[0], &in[1], &in[2], &out[0]}),
                        .eps = context.params<LayerNormParams>().eps,
                        .x = in[0].data,
                        .gamma = in[1].data,
                        .beta = in[2].data,
                        .y = orNull(out[0], requests[0]),
                        .mean = orNull(out[1], requests[1]),
                        .deviation = orNull(out[2], requests[2])};
    withRows<C>(view, [&]<int kOuts, int kSlots>() {
      launchGrid(context, layerNormKernel<C, kOuts, kSlots>,
                 teamGrid<kOuts>(view.outer * view.inner), dim3(kThreads), 0, args);
    });
  });
}

// --- gradients: dY, data, gamma, mean, std -> dX, dgamma, dbeta

struct GradientArgs {
  AxisView view;
  DType dtype;
  bool packs;
  const void *dy, *x, *gamma, *mean, *deviation;
  void* dx;
};

template <class C, int kOuts, int kSlots>
__global__ void __launch_bounds__(kThreads) layerNormGradientKernel(const GradientArgs args) {
  using Row = RowSlots<C, kOuts>;
  constexpr int N = Row::N;
  struct Sums {
    C gradients, products;
  };
  __shared__ Sums shared[kThreads];
  const AxisView view = args.view;
  const RowTeam<kOuts> team(view);
  const Row row(team, view, args.packs);
  const C mean = team.exists ? loadOne<C>(args.mean, args.dtype, team.output) : C(0);
  const C inverse = team.exists ? C(1) / loadOne<C>(args.deviation, args.dtype, team.output) : C(0);
  // g = dY·gamma and the normalised x.
  const auto load = [&](C(&g)[N], C(&x)[N], int64_t slot) {
    C gamma[N];
    row.load(g, args.dy, args.dtype, team.first, view.inner, slot);
    row.load(x, args.x, args.dtype, team.first, view.inner, slot);
    row.load(gamma, args.gamma, args.dtype, 0, 1, slot);
#pragma unroll
    for (int j = 0; j < N; ++j) {
      g[j] *= gamma[j];
      x[j] = (x[j] - mean) * inverse;
    }
  };
  C g[kSlots > 0 ? kSlots : 1][N];
  C x[kSlots > 0 ? kSlots : 1][N];
#pragma unroll
  for (int slot = 0; slot < kSlots; ++slot) load(g[slot], x[slot], slot);
  const auto visit = [&](auto&& body) {
    if constexpr (kSlots > 0) {
#pragma unroll
      for (int slot = 0; slot < kSlots; ++slot) body(g[slot], x[slot], slot);
    } else {
#pragma unroll 1
      for (int64_t slot = 0; slot < row.slots(); ++slot) {
        load(g[0], x[0], slot);
        body(g[0], x[0], slot);
      }
    }
  };

  Sums sums{};
  visit([&](const C(&g_)[N], const C(&x_)[N], int64_t) {
#pragma unroll
    for (int j = 0; j < N; ++j) {
      sums.gradients += g_[j];
      sums.products += g_[j] * x_[j];
    }
  });
  sums = team.fold(shared, sums, [](const Sums& a, const Sums& b) {
    return Sums{a.gradients + b.gradients, a.products + b.products};
  });
  if (!team.exists) return;
  const C a = sums.gradients / static_cast<C>(view.n);
  const C b = sums.products / static_cast<C>(view.n);
  visit([&](C(&g_)[N], const C(&x_)[N], int64_t slot) {
#pragma unroll
    for (int j = 0; j < N; ++j) g_[j] = (g_[j] - a - x_[j] * b) * inverse;
    row.store(args.dx, args.dtype, g_, team.first, view.inner, slot);
  });
}

/// Sums of dY·x̂ and dY; a channel's element number k is row k's.
template <class C>
struct ParameterGradients {
  const void *dy, *x, *mean, *deviation;
  DType dtype;
  __device__ __forceinline__ void operator()(int64_t, int64_t k, int64_t i, C (&sums)[2]) const {
    const C gradient = loadOne<C>(dy, dtype, i);
    const C distance = loadOne<C>(x, dtype, i) - loadOne<C>(mean, dtype, k);
    sums[0] += gradient * (distance / loadOne<C>(deviation, dtype, k));
    sums[1] += gradient;
  }
};

void runBackward(Context& context, Views in, Views out, Requests requests) {
  const AxisView view = viewOf(context, in[1].shape);
  withCompute<false>(in[1].dtype, [&]<class C>(C) {
    const GradientArgs args{.view = view,
                            .dtype = in[1].dtype,
                            .packs = inPacks<C>(view, {&in[0], &in[1], &in[2], &out[0]}),
                            .dy = in[0].data,
                            .x = in[1].data,
                            .gamma = in[2].data,
                            .mean = in[3].data,
                            .deviation = in[4].data,
                            .dx = out[0].data};
    if (requests[0] != Request::kNull && in[1].size() > 0) {
      withRows<C>(view, [&]<int kOuts, int kSlots>() {
        launchGrid(context, layerNormGradientKernel<C, kOuts, kSlots>,
                   teamGrid<kOuts>(view.outer * view.inner), dim3(kThreads), 0, args);
      });
    }
    if (requests[1] == Request::kNull && requests[2] == Request::kNull) return;
    const ChannelView channels{.outer = view.outer, .channels = view.n, .inner = view.inner};
    C* const partials =
        static_cast<C*>(context.workspace(partialBytes<C, 2>(context.device(), channels)));
    launchChannelSums<C, 2>(context, channels, partials,
                            ParameterGradients<C>{.dy = args.dy,
                                                  .x = args.x,
                                                  .mean = args.mean,
                                                  .deviation = args.deviation,
                                                  .dtype = args.dtype});
    storeChannelSums<2>(context, channels, partials, 0, out[1], requests[1]);
    storeChannelSums<2>(context, channels, partials, 1, out[2], requests[2]);
  });
}

const KernelRegistration kKernels = {
    {"LayerNorm", {.run = runForward, .adds = false}},
    {"_backward_LayerNorm", {.run = runBackward, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
