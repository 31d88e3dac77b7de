// Arrays out of nothing: _zeros, _ones, _full, _set_value, _arange, _linspace, _eye.
#include "device/pack.cuh"
#include "ops/cast/scalar_bits.h"
#include "ops/elementwise/map.cuh"
#include "ops/init/fill.cuh"
#include "ops/init/params.h"

namespace tenon::cuda {
namespace {

/// Bits of one element, whatever it is.
template <class S>
__global__ void __launch_bounds__(kThreads) fillKernel(S* to, S value, int64_t size, bool aligned) {
  constexpr int N = 16 / sizeof(S);
  forEachItem((size + N - 1) / N, [&](int64_t pack) {
    const int64_t first = pack * N;
    if (aligned && size - first >= N) {
      S values[N];
#pragma unroll
      for (int i = 0; i < N; ++i) values[i] = value;
      storeWhole(to + first, values);
    } else {
#pragma unroll
      for (int i = 0; i < N; ++i) {
        if (first + i < size) to[first + i] = value;
      }
    }
  });
}

/// start + step · (i / repeat), but `last` at the end if it is wanted.
struct Sequence {
  double start;
  double step;
  double last;
  int64_t repeat;
  int64_t last_at;  ///< -1: nowhere
};

__global__ void __launch_bounds__(kThreads)
    sequenceKernel(void* to, DType dtype, const Sequence s, int64_t size) {
  forEachItem(size, [&](int64_t i) {
    const double value = s.start + s.step * static_cast<double>(i / s.repeat);
    storeAny(to, dtype, i, i == s.last_at ? s.last : value, false);
  });
}

__global__ void __launch_bounds__(kThreads)
    eyeKernel(void* to, DType dtype, int64_t columns, int64_t k, int64_t size) {
  forEachItem(size, [&](int64_t i) {
    storeAny(to, dtype, i, i % columns - i / columns == k ? 1.0f : 0.0f, false);
  });
}

template <int kValue>
void runConstant(Context& context, Views, Views out, Requests requests) {
  if (requests[0] != Request::kNull) fill(context, out[0], kValue);
}

void runFull(Context& context, Views, Views out, Requests requests) {
  if (requests[0] != Request::kNull) fill(context, out[0], context.params<FullParams>().value);
}

void runSetValue(Context& context, Views, Views out, Requests requests) {
  if (requests[0] != Request::kNull) fill(context, out[0], context.dynamic(0));
}

void runSequence(Context& context, const Sequence& sequence, const TensorView& out,
                 Request request) {
  if (request == Request::kNull) return;
  launchItems(context, sequenceKernel, out.size(), out.data, out.dtype, sequence, out.size());
}

void runArange(Context& context, Views, Views out, Requests requests) {
  const auto& p = context.params<ArangeParams>();
  const double start = p.stop.has || p.infer_range ? p.start : 0;
  runSequence(context,
              {.start = start, .step = p.step, .last = 0, .repeat = p.repeat, .last_at = -1},
              out[0], requests[0]);
}

void runLinspace(Context& context, Views, Views out, Requests requests) {
  const auto& p = context.params<LinspaceParams>();
  const int64_t intervals = p.endpoint ? p.num - 1 : p.num;
  const double step = intervals > 0 ? (p.stop - p.start) / static_cast<double>(intervals) : 0;
  runSequence(context,
              {.start = p.start,
               .step = step,
               .last = p.stop,
               .repeat = 1,
               .last_at = p.endpoint && intervals > 0 ? intervals : -1},
              out[0], requests[0]);
}

void runEye(Context& context, Views, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  launchItems(context, eyeKernel, out[0].size(), out[0].data, out[0].dtype, out[0].shape[1],
              context.params<EyeParams>().k, out[0].size());
}

const KernelRegistration kKernels = {
    {"_zeros", {.run = runConstant<0>, .adds = false}},
    {"_ones", {.run = runConstant<1>, .adds = false}},
    {"_full", {.run = runFull, .adds = false}},
    {"_set_value", {.run = runSetValue, .adds = false}},
    {"_arange", {.run = runArange, .adds = false}},
    {"_linspace", {.run = runLinspace, .adds = false}},
    {"_eye", {.run = runEye, .adds = false}},
};

}  // namespace

void fill(const Context& context, const TensorView& out, double value) {
  const ScalarBits bits(value, out.dtype);
  const int64_t size = out.size();
  const bool aligned = reinterpret_cast<uintptr_t>(out.data) % 16 == 0;
  withSize(sizeOf(out.dtype), [&]<class S>(S) {
    S element;
    std::memcpy(&element, bits.data(), sizeof element);
    launchItems(context, fillKernel<S>,
                (size + 16 / int64_t{sizeof(S)} - 1) / (16 / int64_t{sizeof(S)}), out.as<S>(),
                element, size, aligned);
  });
}

void copyOrAdd(const Context& context, const TensorView& in, const TensorView& out,
               Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  if (request == Request::kAdd) return mapUnary<UnaryFn::kIdentity>(context, in, out, request);
  if (in.data == out.data) return;
  context.queue().check(cudaMemcpyAsync(out.data, in.data, static_cast<size_t>(out.bytes()),
                                        cudaMemcpyDeviceToDevice, context.stream()),
                        context.op());
}

}  // namespace tenon::cuda
