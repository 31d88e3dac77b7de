// What copies, fills or sums: _copy and its kin, zeros_like, ones_like, add_n.
#include "ops/elementwise/map.cuh"
#include "ops/init/fill.cuh"

namespace tenon::cuda {
namespace {

void runCopy(Context& context, Views in, Views out, Requests requests) {
  copyOrAdd(context, in[0], out[0], requests[0]);
}

template <int kValue>
void runFill(Context& context, Views, Views out, Requests requests) {
  if (requests[0] != Request::kNull) fill(context, out[0], kValue);
}

/// Arrays that one launch adds; more come in several launches.
constexpr int kMostAdded = 16;

template <class C>
struct SumArgs {
  const void* in[kMostAdded];  ///< the first is the map's operand a
  int count;
  MapArgs<C> map;
};

template <class C>
__global__ void __launch_bounds__(kThreads) sumKernel(const SumArgs<C> args) {
  constexpr int N = kPack<C>;
  mapPacks(args.map, [&](C(&sum)[N], int64_t first, int64_t left) {
    const bool whole = left >= N && args.map.a.aligned;
    for (int k = 1; k < args.count; ++k) {
      C x[N];
      loadPack(x, args.in[k], args.map.out_dtype, first, left, whole);
#pragma unroll
      for (int i = 0; i < N; ++i) sum[i] = added(sum[i], x[i]);
    }
  });
}

void runAddN(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  withCompute<true>(out[0].dtype, [&]<class C>(C) {
    SumArgs<C> args{};
    args.map = mapArgs<C>(out[0], requests[0], kNoParams);
    for (size_t begin = 0; begin < in.size(); begin += kMostAdded) {
      args.count = static_cast<int>(std::min(in.size() - begin, size_t{kMostAdded}));
      args.map.a = {.data = in[begin].data, .dtype = out[0].dtype, .moves = true, .aligned = true};
      for (int k = 0; k < args.count; ++k) {
        const TensorView& view = in[begin + static_cast<size_t>(k)];
        args.in[k] = view.data;
        args.map.a.aligned = args.map.a.aligned && isPackAligned<C>(view.data, view.dtype);
      }
      launchItems(context, sumKernel<C>, (args.map.size + kPack<C> - 1) / kPack<C>, args);
      args.map.adds = true;
    }
  });
}

const KernelRegistration kKernels = {
    {"_copy", {.run = runCopy}},
    {"BlockGrad", {.run = runCopy}},
    {"make_loss", {.run = runCopy}},
    {"_identity_with_attr_like_rhs", {.run = runCopy}},
    {"zeros_like", {.run = runFill<0>, .adds = false}},
    {"ones_like", {.run = runFill<1>, .adds = false}},
    {"add_n", {.run = runAddN}},
};

}  // namespace
}  // namespace tenon::cuda
