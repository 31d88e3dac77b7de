// argmax, argmin and argmax_channel: the index of the first extreme element along an axis; NaN
// counts as more extreme than any number.
//
// A block searches for kOuts outputs with 256 / kOuts threads each, side by side along the axis
// where that is the innermost one, else along the outputs.
#include "device/pack.cuh"
#include "device/team.cuh"
#include "ops/reduce/axes.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

/// The array as outer x length x inner.
struct Extents {
  int64_t outer = 1;
  int64_t length = 1;
  int64_t inner = 1;
};

template <class C>
struct Candidate {
  C value;
  int64_t index;  ///< -1: none
};

/// True if `x` is to be preferred: more extreme, or equal and before.
template <bool kMax, class C>
__device__ __forceinline__ bool beats(const Candidate<C>& x, const Candidate<C>& best) {
  if (x.index < 0 || best.index < 0) return best.index < 0 && x.index >= 0;
  const bool x_is_nan = x.value != x.value;
  const bool best_is_nan = best.value != best.value;
  if (x_is_nan || best_is_nan) {
    return x_is_nan && (!best_is_nan || x.index < best.index);
  }
  if (x.value == best.value) return x.index < best.index;
  return kMax ? x.value > best.value : x.value < best.value;
}

template <bool kMax, class C, int kOuts>
__global__ void __launch_bounds__(kThreads)
    searchKernel(const void* in, DType in_dtype, const Extents e, void* out, DType out_dtype) {
  __shared__ Candidate<C> shared[kThreads];
  const Team<kOuts> team;
  const int64_t output = team.output;
  const bool exists = output < e.outer * e.inner;
  Candidate<C> best{C{}, -1};
  if (exists) {
    const int64_t base = output / e.inner * e.length * e.inner + output % e.inner;
    for (int64_t k = team.lane; k < e.length; k += Team<kOuts>::kEach) {
      const Candidate<C> next{loadOne<C>(in, in_dtype, base + k * e.inner), k};
      if (beats<kMax>(next, best)) best = next;
    }
  }
  best = team.fold(shared, best, [](const Candidate<C>& x, const Candidate<C>& y) {
    return beats<kMax>(y, x) ? y : x;
  });
  if (team.lane == 0 && exists) storeAny(out, out_dtype, output, best.index, false);
}

template <bool kMax, class C>
void launchSearch(const Context& context, const Extents& e, const TensorView& in,
                  const TensorView& out) {
  const int64_t outputs = e.outer * e.inner;
  withTeams(e.inner == 1, e.length, [&]<int kOuts>() {
    launchGrid(context, searchKernel<kMax, C, kOuts>, teamGrid<kOuts>(outputs), dim3(kThreads), 0,
               in.data, in.dtype, e, out.data, out.dtype);
  });
}

template <bool kMax>
void search(const Context& context, const Extents& e, const TensorView& in, const TensorView& out,
            Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  TENON_CHECK(e.length > 0, kInvalidArgument, context.op(), ": the axis searched of shape ",
              in.shape, " is empty");
  switch (in.dtype) {
    case DType::kFloat32:
    case DType::kFloat16:
    case DType::kBFloat16:
      return launchSearch<kMax, float>(context, e, in, out);
    case DType::kFloat64:
      return launchSearch<kMax, double>(context, e, in, out);
    case DType::kInt64:
      return launchSearch<kMax, int64_t>(context, e, in, out);
    default:
      return launchSearch<kMax, int32_t>(context, e, in, out);
  }
}

template <bool kMax>
void runArg(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<ArgParams>();
  const Shape& shape = in[0].shape;
  Extents e;
  if (p.axis.has) {
    const int axis = shape.axis(p.axis.value, context.op());
    e = {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank())};
  } else {
    e.length = shape.size();
  }
  search<kMax>(context, e, in[0], out[0], requests[0]);
}

void runChannel(Context& context, Views in, Views out, Requests requests) {
  const Shape& shape = in[0].shape;
  search<true>(context, {shape[0], shape[1], shape.product(2, shape.rank())}, in[0], out[0],
               requests[0]);
}

const KernelRegistration kKernels = {
    {"argmax", {.run = runArg<true>, .adds = false}},
    {"argmin", {.run = runArg<false>, .adds = false}},
    {"argmax_channel", {.run = runChannel, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
