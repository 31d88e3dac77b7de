// Activation and its gradient; the formulas stand in cpp/ops/nn/activation.cc.
#include "ops/elementwise/map.cuh"
#include "ops/nn/activation_params.h"

namespace tenon::cuda {
namespace {

/// The derivative at v, the output; the input for softrelu and softsign.
template <ActivationType kType, class C>
__device__ __forceinline__ C slopeOf(C v) {
  if constexpr (kType == ActivationType::kRelu) {
    return v > C(0) ? C(1) : C(0);
  } else if constexpr (kType == ActivationType::kSigmoid) {
    return v * (C(1) - v);
  } else if constexpr (kType == ActivationType::kTanh) {
    return C(1) - v * v;
  } else if constexpr (kType == ActivationType::kSoftRelu) {
    return device::sigmoidOf(v);
  } else {
    const C d = C(1) + (v < C(0) ? -v : v);
    return C(1) / (d * d);
  }
}

template <ActivationType kType, class C>
__global__ void __launch_bounds__(kThreads) slopeKernel(const MapArgs<C> args) {
  constexpr int N = kPack<C>;
  mapPacks(args, [&](C(&g)[N], int64_t first, int64_t count) {
    C v[N];
    loadOperand(v, args.b, args.number, first, count, count >= N);
#pragma unroll
    for (int i = 0; i < N; ++i) g[i] *= slopeOf<kType>(v[i]);
  });
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  switch (context.params<ActivationParams>().act_type) {
    case ActivationType::kRelu:
      return mapUnary<UnaryFn::kRelu>(context, in[0], out[0], requests[0]);
    case ActivationType::kSigmoid:
      return mapUnary<UnaryFn::kSigmoid>(context, in[0], out[0], requests[0]);
    case ActivationType::kTanh:
      return mapUnary<UnaryFn::kTanh>(context, in[0], out[0], requests[0]);
    case ActivationType::kSoftRelu:
      return mapUnary<UnaryFn::kSoftRelu>(context, in[0], out[0], requests[0]);
    case ActivationType::kSoftSign:
      return mapUnary<UnaryFn::kSoftSign>(context, in[0], out[0], requests[0]);
  }
}

template <ActivationType kType>
void multiplyBySlope(const Context& context, Views in, const TensorView& out, Request request) {
  withCompute<false>(out.dtype, [&]<class C>(C) {
    MapArgs<C> args = mapArgs<C>(out, request, kNoParams);
    args.a = mapOperand<C>(in[0], args.size);
    args.b = mapOperand<C>(in[1], args.size);
    launchPacks(context, slopeKernel<kType, C>, args);
  });
}

// dY, then Y or X -> dX
void runBackward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  switch (context.params<ActivationParams>().act_type) {
    case ActivationType::kRelu:
      return multiplyBySlope<ActivationType::kRelu>(context, in, out[0], requests[0]);
    case ActivationType::kSigmoid:
      return multiplyBySlope<ActivationType::kSigmoid>(context, in, out[0], requests[0]);
    case ActivationType::kTanh:
      return multiplyBySlope<ActivationType::kTanh>(context, in, out[0], requests[0]);
    case ActivationType::kSoftRelu:
      return multiplyBySlope<ActivationType::kSoftRelu>(context, in, out[0], requests[0]);
    case ActivationType::kSoftSign:
      return multiplyBySlope<ActivationType::kSoftSign>(context, in, out[0], requests[0]);
  }
}

const KernelRegistration kKernels = {
    {"Activation", {.run = runForward}},
    {"_backward_Activation", {.run = runBackward}},
};

}  // namespace
}  // namespace tenon::cuda
