// where: chooses between two arrays, element by element or row by row; and its gradients.
#include "device/pack.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

template <class S>
__global__ void __launch_bounds__(kThreads)
    whereKernel(const void* condition, DType dtype, int64_t width, const S* x, const S* y, S* out,
                int64_t size) {
  forEachItem(
      size, [&](int64_t i) { out[i] = loadAny<bool>(condition, dtype, i / width) ? x[i] : y[i]; });
}

/// The head where the condition is as `taken` says, zero elsewhere.
template <class S>
__global__ void __launch_bounds__(kThreads)
    whereGradientKernel(const void* condition, DType dtype, int64_t width, const S* head,
                        const bool taken, S* out, int64_t size) {
  forEachItem(size, [&](int64_t i) {
    out[i] = loadAny<bool>(condition, dtype, i / width) == taken ? head[i] : S{};
  });
}

void runWhere(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int64_t width = out[0].size() / in[0].size();
  withSize(sizeOf(out[0].dtype), [&]<class S>(S) {
    launchItems(context, whereKernel<S>, out[0].size(), in[0].data, in[0].dtype, width,
                in[1].as<const S>(), in[2].as<const S>(), out[0].as<S>(), out[0].size());
  });
}

// condition, head -> the gradients of x and y
void runWhereBack(Context& context, Views in, Views out, Requests requests) {
  if (in[1].size() == 0) return;
  const int64_t width = in[1].size() / in[0].size();
  for (const size_t side : {size_t{0}, size_t{1}}) {
    if (requests[side] == Request::kNull) continue;
    withSize(sizeOf(in[1].dtype), [&]<class S>(S) {
      launchItems(context, whereGradientKernel<S>, in[1].size(), in[0].data, in[0].dtype, width,
                  in[1].as<const S>(), side == 0, out[side].as<S>(), in[1].size());
    });
  }
}

const KernelRegistration kKernels = {
    {"where", {.run = runWhere, .adds = false}},
    {"_backward_where", {.run = runWhereBack, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
