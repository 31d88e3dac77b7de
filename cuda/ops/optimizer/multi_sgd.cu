// Gradient descent on many weights in one launch: a row of blocks for each weight.
#include "ops/optimizer/multi_params.h"
#include "ops/optimizer/update.cuh"

namespace tenon::cuda {
namespace {

/// Of one weight. sgd_update with momentum: m = momentum·m − lr·g; w += m.
template <class A, bool kMomentum>
struct MultiStep {
  A lr, wd, rescale, clip, momentum;
  __device__ A move(A w, A g) const {
    A limited = rescale * g;
    limited = limited < -clip ? -clip : limited > clip ? clip : limited;
    return -lr * (limited + wd * w);
  }
  __device__ A operator()(A w, A g) const { return w + move(w, g); }
  __device__ A operator()(A w, A g, A& m) const {
    m = move(w, g) + momentum * m;
    return w + m;
  }
};

/// So many weights to a launch: their operands are its argument, which has at most 4 KB.
constexpr int kGroup = 20;

template <class A, bool kMomentum>
struct MultiArgs {
  UpdateArgs weights[kGroup];
  MultiStep<A, kMomentum> steps[kGroup];
};

template <class A, bool kMomentum>
__global__ void __launch_bounds__(kThreads) multiKernel(const MultiArgs<A, kMomentum> args) {
  const UpdateArgs& own = args.weights[blockIdx.y];
  const MultiStep<A, kMomentum>& step = args.steps[blockIdx.y];
  forEachItem((own.size + 3) / 4,
              [&](int64_t pack) { updatePack<kMomentum ? 1 : 0, A>(step, own, pack * 4); });
}

template <class P, bool kMomentum, bool kMaster, class A>
void launchGroups(const Context& context, Views in, Views out, Requests requests) {
  static_assert(sizeof(MultiArgs<A, kMomentum>) <= 4096);
  using Inputs = Arity<kMomentum, kMaster>;
  const P& p = context.params<P>();
  MultiArgs<A, kMomentum> args{};
  int count = 0;
  int64_t largest = 0;
  const auto flush = [&] {
    if (count == 0) return;
    launchGrid<Threads::kAlone>(
        context, multiKernel<A, kMomentum>,
        dim3(blocksFor(context, (largest + 3) / 4), static_cast<unsigned>(count)), dim3(kThreads),
        0, args);
    count = 0;
    largest = 0;
  };
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] == Request::kNull || out[i].size() == 0) continue;
    const Views group = in.subspan(i * Inputs::kInputs, Inputs::kInputs);
    args.weights[count] = updateArgs < kMomentum ? 1 : 0 > (group, out[i], requests[i], kMaster);
    args.steps[count] = {
        static_cast<A>(p.lrs.values[i]), static_cast<A>(p.wds.values[i]),
        static_cast<A>(context.dynamic(0)),
        p.clip_gradient >= 0 ? static_cast<A>(p.clip_gradient) : std::numeric_limits<A>::infinity(),
        static_cast<A>(p.momentumOrZero())};
    largest = std::max(largest, out[i].size());
    if (++count == kGroup) flush();
  }
  flush();
}

/// Weights of one call share a dtype or do not: those computed in float first.
template <class P, bool kMomentum, bool kMaster>
void runMulti(Context& context, Views in, Views out, Requests requests) {
  using Inputs = Arity<kMomentum, kMaster>;
  Request wanted[2][MultiSgdParams::kMost];
  bool any[2] = {};
  for (size_t i = 0; i < out.size(); ++i) {
    const bool wide = !kMaster && in[i * Inputs::kInputs].dtype == DType::kFloat64;
    wanted[wide ? 1 : 0][i] = requests[i];
    wanted[wide ? 0 : 1][i] = Request::kNull;
    any[wide ? 1 : 0] = true;
  }
  if (any[0]) launchGroups<P, kMomentum, kMaster, float>(context, in, out, {wanted[0], out.size()});
  if (any[1])
    launchGroups<P, kMomentum, kMaster, double>(context, in, out, {wanted[1], out.size()});
}

const KernelRegistration kKernels = {
    {"multi_sgd_update", {.run = runMulti<MultiSgdParams, false, false>}},
    {"multi_sgd_mom_update", {.run = runMulti<MultiSgdMomentumParams, true, false>}},
    {"multi_mp_sgd_update", {.run = runMulti<MultiSgdParams, false, true>}},
    {"multi_mp_sgd_mom_update", {.run = runMulti<MultiSgdMomentumParams, true, true>}},
};

}  // namespace
}  // namespace tenon::cuda
