// A thread folds its output's terms where these are few, else a team of threads does: always in the
// same order.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "device/pack.cuh"
#include "device/team.cuh"
#include "device/walk.cuh"
#include "ops/shape/strided_sum.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

/// So many terms at most are folded by one thread.
constexpr int64_t kFewTerms = 64;

struct SumArgs {
  Walk<2, CopyNest::kMaxLoops> kept;     ///< from an output to its first term and itself
  Walk<1, CopyNest::kMaxLoops> reduced;  ///< from a term's number to its offset
  const void* from;
  void* to;
  DType dtype;
  int64_t outputs;
  int64_t terms;
  bool adds;
  bool rows;  ///< an output's terms are nearer to each other than to its neighbour's
};

/// The terms `first`, `first` + `step`, … of the output whose terms begin at `base`.
template <class C>
__device__ __forceinline__ C foldTerms(const SumArgs& args, int64_t base, int64_t first,
                                       int64_t step) {
  C total{};
  for (int64_t k = first; k < args.terms; k += step) {
    int64_t at[1];
    args.reduced.offsets(k, at);
    total += loadOne<C>(args.from, args.dtype, base + at[0]);
  }
  return total;
}

template <class C>
__device__ __forceinline__ void finishSum(const SumArgs& args, int64_t at, C total) {
  if (args.adds) total += loadOne<C>(args.to, args.dtype, at);
  storeOne(args.to, args.dtype, at, total);
}

template <class C>
__global__ void __launch_bounds__(kThreads) sumFewKernel(const SumArgs args) {
  forEachItem(args.outputs, [&](int64_t output) {
    int64_t at[2];
    args.kept.offsets(output, at);
    finishSum(args, at[1], foldTerms<C>(args, at[0], 0, 1));
  });
}

template <class C, int kOuts>
__global__ void __launch_bounds__(kThreads) sumManyKernel(const SumArgs args) {
  __shared__ C shared[kThreads];
  const Team<kOuts> team;
  const bool own = team.output < args.outputs;
  int64_t at[2] = {0, 0};
  C total{};
  if (own) {
    args.kept.offsets(team.output, at);
    total = foldTerms<C>(args, at[0], team.lane, Team<kOuts>::kEach);
  }
  total = team.fold(shared, total, [](C a, C b) { return static_cast<C>(a + b); });
  if (own && team.lane == 0) finishSum(args, at[1], total);
}

template <class C>
void launchSum(const Context& context, const SumArgs& args) {
  if (args.terms <= kFewTerms) return launchItems(context, sumFewKernel<C>, args.outputs, args);
  withTeams(args.rows, args.terms, [&]<int kOuts>() {
    launchGrid(context, sumManyKernel<C, kOuts>, teamGrid<kOuts>(args.outputs), dim3(kThreads), 0,
               args);
  });
}

}  // namespace

void stridedSum(const Context& context, const PluginMove& move) {
  SumArgs args{};
  args.from = move.from;
  args.to = move.to;
  args.dtype = move.dtype;
  args.outputs = 1;
  args.terms = 1;
  args.adds = move.adds;
  int64_t nearest_term = std::numeric_limits<int64_t>::max();
  int64_t nearest_output = nearest_term;
  for (const MoveLoop& loop : std::span(move.loops, static_cast<size_t>(move.num_loops))) {
    if (loop.to == 0) {
      args.reduced.append(loop.extent, {loop.from});
      args.terms *= loop.extent;
      nearest_term = std::min(nearest_term, std::abs(loop.from));
    } else {
      args.kept.append(loop.extent, {loop.from, loop.to});
      args.outputs *= loop.extent;
      nearest_output = std::min(nearest_output, std::abs(loop.from));
    }
  }
  args.rows = nearest_term <= nearest_output;
  args.kept.finish(args.outputs);
  args.reduced.finish(args.terms);
  if (isFloating(move.dtype)) {
    move.dtype == DType::kFloat64 ? launchSum<double>(context, args)
                                  : launchSum<float>(context, args);
  } else {
    move.dtype == DType::kInt64 ? launchSum<int64_t>(context, args)
                                : launchSum<int32_t>(context, args);
  }
}

}  // namespace tenon::cuda
