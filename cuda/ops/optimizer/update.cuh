// Optimizer updates: one pass that reads weight, gradient and states and writes them back. The
// steps are those of cpp/ops/optimizer/steps.h.
#pragma once

#include "device/pack.cuh"
#include "ops/optimizer/steps.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {

struct UpdateArgs {
  const void* weight;
  const void* gradient;
  void* out;
  void* states[3];
  float* master;  ///< the weight in float32 that is computed on; null: the weight itself
  DType dtype;
  DType state_dtype;
  int64_t size;
  bool aligned;
  bool adds;
};

/// Calls step(weight, gradient, states…).
template <int kStates, class A, class Step>
__device__ __forceinline__ A take(const Step& step, A w, A g, A (&s)[3]) {
  if constexpr (kStates == 0) {
    return step(w, g);
  } else if constexpr (kStates == 1) {
    return step(w, g, s[0]);
  } else if constexpr (kStates == 2) {
    return step(w, g, s[0], s[1]);
  } else {
    return step(w, g, s[0], s[1], s[2]);
  }
}

/// A pack of four elements from `first` on.
template <int kStates, class A, class Step>
__device__ __forceinline__ void updatePack(const Step& step, const UpdateArgs& args,
                                           int64_t first) {
  const int64_t left = args.size - first;
  const bool whole = args.aligned && left >= 4;
  A w[4];
  A g[4];
  A s[3][4];
  loadPack(g, args.gradient, args.dtype, first, left, whole);
  if (args.master != nullptr) {
    loadPack(w, args.master, DType::kFloat32, first, left, whole);
  } else {
    loadPack(w, args.weight, args.dtype, first, left, whole);
  }
#pragma unroll
  for (int k = 0; k < kStates; ++k)
    loadPack(s[k], args.states[k], args.state_dtype, first, left, whole);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    A own[3] = {s[0][i], s[1][i], s[2][i]};
    w[i] = take<kStates>(step, w[i], g[i], own);
#pragma unroll
    for (int k = 0; k < kStates; ++k) s[k][i] = own[k];
  }
#pragma unroll
  for (int k = 0; k < kStates; ++k)
    storePack(args.states[k], args.state_dtype, s[k], first, left, whole);
  if (args.master != nullptr) storePack(args.master, DType::kFloat32, w, first, left, whole);
  if (args.adds) {
    A before[4];
    loadPack(before, args.out, args.dtype, first, left, whole);
#pragma unroll
    for (int i = 0; i < 4; ++i) w[i] += before[i];
  }
  storePack(args.out, args.dtype, w, first, left, whole);
}

template <int kStates, class A, class Step>
__global__ void __launch_bounds__(kThreads) updateKernel(const Step step, const UpdateArgs args) {
  forEachItem((args.size + 3) / 4,
              [&](int64_t pack) { updatePack<kStates, A>(step, args, pack * 4); });
}

/// The operands (weight, gradient, kStates states[, float32 weight]).
template <int kStates>
UpdateArgs updateArgs(Views in, const TensorView& out, Request request, bool has_master) {
  UpdateArgs args{};
  args.weight = in[0].data;
  args.gradient = in[1].data;
  args.out = out.data;
  for (int k = 0; k < kStates; ++k) args.states[k] = in[2 + static_cast<size_t>(k)].data;
  if (has_master) args.master = in[2 + kStates].as<float>();
  args.dtype = in[0].dtype;
  args.state_dtype = in.size() > 2 ? in[2].dtype : in[0].dtype;
  args.size = out.size();
  args.adds = request == Request::kAdd;
  args.aligned = isAlignedFor(out.data, out.dtype, 4);
  for (const TensorView& view : in)
    args.aligned = args.aligned && isAlignedFor(view.data, view.dtype, 4);
  return args;
}

template <int kStates, template <class> class Step, class P, bool kMixed = false>
void runUpdate(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const UpdateArgs args = updateArgs<kStates>(in, out[0], requests[0], kMixed);
  const auto launch = [&]<class A>(A) {
    const Step<A> step(context, context.params<P>());
    launchItems(context, updateKernel<kStates, A, Step<A>>, (args.size + 3) / 4, step, args);
  };
  if (!kMixed && args.dtype == DType::kFloat64) {
    launch(double{});
  } else {
    launch(float{});
  }
}

}  // namespace tenon::cuda
