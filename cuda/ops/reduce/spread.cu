// What repeats an array along axes: broadcast_to, broadcast_axis, broadcast_like, and the gradients
// of sum and mean.
#include "ops/elementwise/map.cuh"
#include "ops/reduce/axes.h"

namespace tenon::cuda {
namespace {

/// The product with a number: 1 copies.
void runRepeat(Context& context, Views in, Views out, Requests requests) {
  mapScalar<BinaryFn::kMul>(context, in[0], 1, false, out[0], requests[0]);
}

template <bool kMean>
void runSpread(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<ReduceParams>();
  const AxisMask mask = reducedAxes(context.op(), out[0].shape, p.axis, p.exclude);
  Shape kept = out[0].shape;
  int64_t count = 1;
  for (int i = 0; i < kept.rank(); ++i) {
    if (!mask.reduced[i]) continue;
    count *= kept[i];
    kept[i] = 1;
  }
  const TensorView from = denseView(in[0].data, kept, in[0].dtype, in[0].device);
  mapScalar<BinaryFn::kDiv>(context, from, kMean ? static_cast<double>(count) : 1, false, out[0],
                            requests[0]);
}

const KernelRegistration kKernels = {
    {"broadcast_to", {.run = runRepeat}},         {"broadcast_axis", {.run = runRepeat}},
    {"broadcast_like", {.run = runRepeat}},       {"_backward_sum", {.run = runSpread<false>}},
    {"_backward_mean", {.run = runSpread<true>}},
};

}  // namespace
}  // namespace tenon::cuda
