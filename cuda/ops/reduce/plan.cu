// How a reduction is laid over blocks.
#include <algorithm>

#include "ops/reduce/reduce.cuh"

namespace tenon::cuda {
namespace {

/// Elements that are worth a block of their own where an output is shared out.
constexpr int64_t kLeastPart = 8192;
/// The most blocks that share an output: their results are merged one after the other.
constexpr int64_t kMostParts = 256;
}  // namespace

ReducePlan planReduce(const Context& context, ReduceFinish finish, const TensorView& in,
                      const bool* reduced, const TensorView& out, Request request,
                      int64_t pack_size) {
  ReducePlan plan{};
  ReduceArgs& args = plan.args;
  args.in = in.data;
  args.in_dtype = in.dtype;
  args.outputs = out.size();
  args.count = 1;
  args.finish = finish;
  args.out = out.data;
  args.out_dtype = out.dtype;
  args.adds = request == Request::kAdd;
  int innermost = -1;
  for (int axis = 0; axis < in.shape.rank(); ++axis) {
    if (in.shape[axis] != 1) innermost = axis;
    (reduced[axis] ? args.reduced : args.kept).append(in.shape[axis], {in.strides[axis]});
    if (reduced[axis]) args.count *= in.shape[axis];
  }
  args.kept.finish(args.outputs);
  args.reduced.finish(args.count);
  const bool rows = innermost >= 0 && reduced[innermost];
  plan.rows = rows;

  // Packs: each output's elements lie one after the other, and begin where a pack may.
  bool contiguous = rows && args.reduced.rank == 1 && args.reduced.strides[0][0] == 1;
  const auto element = static_cast<int64_t>(sizeOf(in.dtype));
  contiguous = contiguous && reinterpret_cast<uintptr_t>(in.data) % 16 == 0;
  for (int axis = 0; axis < args.kept.rank; ++axis)
    contiguous = contiguous && args.kept.strides[0][axis] * element % 16 == 0;
  args.packs = contiguous;

  int64_t blocks = 0;
  withTeams(rows, args.count, [&]<int kOuts>() { blocks = teamGrid<kOuts>(args.outputs).x; });
  const int64_t wanted = 4 * multiprocessorsOf(context.device());
  const int64_t most = std::min(kMostParts, args.count / kLeastPart);
  plan.parts =
      static_cast<int>(std::clamp<int64_t>(wanted / blocks, 1, std::max<int64_t>(1, most)));
  // Parts begin with whole packs.
  const int64_t unit = pack_size * kThreads;
  args.part = ((args.count + plan.parts - 1) / plan.parts + unit - 1) / unit * unit;
  return plan;
}

}  // namespace tenon::cuda
