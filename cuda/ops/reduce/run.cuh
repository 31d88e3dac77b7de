// What reductions register.
#pragma once

#include "ops/reduce/axes.h"
#include "ops/reduce/reduce.cuh"

namespace tenon::cuda {

template <ReduceFn F, ReduceFinish kFinish = ReduceFinish::kNone>
void runReduce(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<ReduceParams>();
  const AxisMask mask = reducedAxes(context.op(), in[0].shape, p.axis, p.exclude);
  reduceAxes<F>(context, kFinish, in[0], mask.reduced, out[0], requests[0]);
}

}  // namespace tenon::cuda
