// Sums over axes: sum, mean, nansum, norm, _sum_like. cpp/ops/reduce declares them.
#include "ops/elementwise/map.cuh"
#include "ops/reduce/run.cuh"

namespace tenon::cuda {
namespace {

void runNorm(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<NormParams>();
  const AxisMask mask = reducedAxes("norm", in[0].shape, p.axis, false);
  if (p.ord == 2) {
    reduceAxes<ReduceFn::kSquareSum>(context, ReduceFinish::kRoot, in[0], mask.reduced, out[0],
                                     requests[0]);
  } else {
    reduceAxes<ReduceFn::kAbsSum>(context, ReduceFinish::kNone, in[0], mask.reduced, out[0],
                                  requests[0]);
  }
}

/// Sums the axes along which the result would broadcast to the input.
void runSumLike(Context& context, Views in, Views out, Requests requests) {
  if (in[0].shape == out[0].shape)
    return mapUnary<UnaryFn::kIdentity>(context, in[0], out[0], requests[0]);
  const int added = in[0].shape.rank() - out[0].shape.rank();
  bool reduced[Shape::kMaxRank] = {};
  for (int i = 0; i < in[0].shape.rank(); ++i)
    reduced[i] = i < added || (out[0].shape[i - added] == 1 && in[0].shape[i] != 1);
  reduceAxes<ReduceFn::kSum>(context, ReduceFinish::kNone, in[0], reduced, out[0], requests[0]);
}

const KernelRegistration kKernels = {
    {"sum", {.run = runReduce<ReduceFn::kSum>}},
    {"mean", {.run = runReduce<ReduceFn::kSum, ReduceFinish::kMean>}},
    {"nansum", {.run = runReduce<ReduceFn::kNanSum>}},
    {"norm", {.run = runNorm}},
    {"_sum_like", {.run = runSumLike}},
};

}  // namespace
}  // namespace tenon::cuda
