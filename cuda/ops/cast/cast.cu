// Cast and _cast_like: the same values in another type. One kernel for each type read; what is
// written is a branch that all threads take alike.
#include "device/pack.cuh"
#include "ops/init/fill.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

/// Elements that a thread converts: 32 bytes of the largest type.
constexpr int kElements = 4;

template <class From>
__global__ void __launch_bounds__(kThreads)
    castKernel(const From* from, void* to, DType to_dtype, int64_t size, bool aligned) {
  forEachItem((size + kElements - 1) / kElements, [&](int64_t pack) {
    const int64_t first = pack * kElements;
    const bool whole = aligned && size - first >= kElements;
    withAnyStored(to_dtype, [&]<class To>(To) {
      To* target = static_cast<To*>(to) + first;
      if (whole) {
        From x[kElements];
        loadWhole(x, from + first);
        storeWhole(target, x);
      } else {
        for (int i = 0; i < kElements && first + i < size; ++i)
          target[i] = convert<To>(from[first + i]);
      }
    });
  });
}

bool isAligned(const TensorView& view) {
  const size_t bytes = kElements * sizeOf(view.dtype);
  return reinterpret_cast<uintptr_t>(view.data) % (bytes < 16 ? bytes : 16) == 0;
}

void runCast(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  if (in[0].dtype == out[0].dtype) return copyOrAdd(context, in[0], out[0], requests[0]);
  withType(in[0].dtype, [&]<class From>(From) {
    launchItems(context, castKernel<From>, (out[0].size() + kElements - 1) / kElements,
                in[0].as<const From>(), out[0].data, out[0].dtype, out[0].size(),
                isAligned(in[0]) && isAligned(out[0]));
  });
}

const KernelRegistration kKernels = {
    {"Cast", {.run = runCast, .adds = false}},
    {"_cast_like", {.run = runCast, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
