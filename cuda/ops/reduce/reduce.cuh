// Reductions over axes. The counterpart of cpp/ops/loops/reduce.h, but that float32 (and the half
// types) accumulate in float: partial sums form trees, whose errors grow with the logarithm of the
// count.
//
// A block reduces kOuts outputs with 256 / kOuts threads each. Where the reduced axes hold the
// innermost one, neighbouring threads read neighbouring elements of one output (1 or 8 outputs a
// block); else they read those of neighbouring outputs (32 a block). Few outputs of many elements
// are shared out to several blocks, whose partial results a second kernel merges. What is added to
// what depends on shapes alone.
#pragma once

#include "device/pack.cuh"
#include "device/team.cuh"
#include "device/walk.cuh"
#include "ops/loops/reduce.h"
#include "ops/reduce/functors.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {

/// The type accumulated in.
template <class C>
using Accumulator = std::conditional_t<std::is_integral_v<C>, int64_t, C>;

struct ReduceArgs {
  const void* in;
  DType in_dtype;
  Walk<1> kept;     ///< from an output to its first element
  Walk<1> reduced;  ///< from an element's number to its offset
  int64_t outputs;
  int64_t count;  ///< elements of each output
  int64_t part;   ///< of these, a block's
  bool packs;     ///< elements of an output are contiguous and aligned
  ReduceFinish finish;
  void* out;
  DType out_dtype;
  bool adds;
  void* partials;  ///< [part][output]; null: blocks finish
};

/// The result of an accumulator.
template <class A>
__device__ __forceinline__ A finished(A value, ReduceFinish finish, int64_t count) {
  if (finish == ReduceFinish::kMean) {
    if constexpr (std::is_integral_v<A>) {
      return count == 0 ? A(0) : value / count;
    } else {
      return value / static_cast<A>(count);
    }
  }
  if constexpr (!std::is_integral_v<A>) {
    if (finish == ReduceFinish::kRoot) return sqrt(value);
  }
  return value;
}

template <ReduceFn F, class C, int kOuts>
__global__ void __launch_bounds__(kThreads) reduceKernel(const ReduceArgs args) {
  using A = Accumulator<C>;
  using namespace device;
  constexpr int kEach = Team<kOuts>::kEach;
  __shared__ A shared[kThreads];
  const Team<kOuts> team;
  const int64_t output = team.output;
  const int lane = team.lane;
  const int64_t begin = blockIdx.y * args.part;
  const int64_t end = begin + args.part < args.count ? begin + args.part : args.count;
  A acc = initial<F, A>();
  if (output < args.outputs) {
    int64_t base[1];
    args.kept.offsets(output, base);
    if (args.packs) {
      constexpr int N = kPack<C>;
      for (int64_t k = begin + int64_t{lane} * N; k < end; k += int64_t{kEach} * N) {
        C x[N];
        loadPack(x, args.in, args.in_dtype, base[0] + k, end - k, end - k >= N);
#pragma unroll
        for (int i = 0; i < N; ++i) {
          if (k + i < end) acc = merged<F>(acc, mapped<F>(static_cast<A>(x[i])));
        }
      }
    } else {
      for (int64_t k = begin + lane; k < end; k += kEach) {
        int64_t at[1];
        args.reduced.offsets(k, at);
        acc = merged<F>(
            acc, mapped<F>(static_cast<A>(loadOne<C>(args.in, args.in_dtype, base[0] + at[0]))));
      }
    }
  }
  acc = team.fold(shared, acc, [](A x, A y) { return merged<F>(x, y); });
  if (lane != 0 || output >= args.outputs) return;
  if (args.partials != nullptr) {
    static_cast<A*>(args.partials)[blockIdx.y * args.outputs + output] = acc;
  } else {
    storeAny(args.out, args.out_dtype, output, finished(acc, args.finish, args.count), args.adds);
  }
}

/// Merges the partial results of `parts` blocks for each output.
template <ReduceFn F, class A>
__global__ void __launch_bounds__(kThreads) mergeKernel(const ReduceArgs args, const int parts) {
  forEachItem(args.outputs, [&](int64_t output) {
    A acc = device::initial<F, A>();
    for (int i = 0; i < parts; ++i) {
      acc = device::merged<F>(acc, static_cast<const A*>(args.partials)[i * args.outputs + output]);
    }
    storeAny(args.out, args.out_dtype, output, finished(acc, args.finish, args.count), args.adds);
  });
}

/// What a reduction looks like: walks, counts, how outputs are laid over blocks.
struct ReducePlan {
  ReduceArgs args;
  bool rows;  ///< an output's elements are neighbours
  int parts;  ///< blocks that share an output
};

ReducePlan planReduce(const Context& context, ReduceFinish finish, const TensorView& in,
                      const bool* reduced, const TensorView& out, Request request,
                      int64_t pack_size);

template <ReduceFn F, class C>
void launchReduce(const Context& context, ReducePlan& plan) {
  using A = Accumulator<C>;
  ReduceArgs& args = plan.args;
  if (plan.parts > 1) {
    args.partials = context.workspace(static_cast<size_t>(plan.parts * args.outputs) * sizeof(A));
  }
  withTeams(plan.rows, args.count, [&]<int kOuts>() {
    dim3 grid = teamGrid<kOuts>(args.outputs);
    grid.y = static_cast<unsigned>(plan.parts);
    launchGrid(context, reduceKernel<F, C, kOuts>, grid, dim3(kThreads), 0, args);
  });
  if (plan.parts > 1) launchItems(context, mergeKernel<F, A>, args.outputs, args, plan.parts);
}

/// Reduces the axes of `in` for which `reduced` is true into `out`, which has the remaining
/// elements in their order. Uses the workspace.
template <ReduceFn F>
void reduceAxes(const Context& context, ReduceFinish finish, const TensorView& in,
                const bool* reduced, const TensorView& out, Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  const auto run = [&]<class C>(C) {
    ReducePlan plan = planReduce(context, finish, in, reduced, out, request, kPack<C>);
    launchReduce<F, C>(context, plan);
  };
  if (isFloating(in.dtype)) {
    in.dtype == DType::kFloat64 ? run(double{}) : run(float{});
  } else if (finish == ReduceFinish::kRoot) {
    run(double{});
  } else {
    in.dtype == DType::kInt64 ? run(int64_t{}) : run(int32_t{});
  }
}

}  // namespace tenon::cuda
