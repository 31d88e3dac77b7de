// LinearRegressionOutput, LogisticRegressionOutput and MAERegressionOutput with their gradients;
// the formulas stand in cpp/ops/loss/regression.cc.
#include "ops/elementwise/map.cuh"
#include "ops/init/fill.cuh"
#include "ops/loss/params.h"

namespace tenon::cuda {
namespace {

template <class C>
__global__ void __launch_bounds__(kThreads)
    regressionKernel(const void* y, const void* label, void* dx, DType dtype, int64_t size,
                     const C scale, const bool absolute) {
  forEachItem(size, [&](int64_t i) {
    const C difference = loadOne<C>(y, dtype, i) - loadOne<C>(label, dtype, i);
    const C sign = difference > C(0) ? C(1) : C(-1);
    storeOne(dx, dtype, i, scale * (absolute ? sign : difference));
  });
}

void runCopy(Context& context, Views in, Views out, Requests requests) {
  copyOrAdd(context, in[0], out[0], requests[0]);
}

// Y, label -> dX
template <bool kAbsolute>
void runBackward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  const int64_t per_sample = in[1].size() / in[1].shape[0];
  withCompute<false>(in[0].dtype, [&]<class C>(C) {
    const C scale =
        static_cast<C>(context.params<RegressionParams>().grad_scale) / static_cast<C>(per_sample);
    launchItems(context, regressionKernel<C>, out[0].size(), in[0].data, in[1].data, out[0].data,
                in[0].dtype, out[0].size(), scale, kAbsolute);
  });
}

const KernelRegistration kKernels = {
    {"LinearRegressionOutput", {.run = runCopy}},
    {"LogisticRegressionOutput", {.run = runUnary<UnaryFn::kSigmoid>}},
    {"MAERegressionOutput", {.run = runCopy}},
    {"_backward_LinearRegressionOutput", {.run = runBackward<false>, .adds = false}},
    {"_backward_LogisticRegressionOutput", {.run = runBackward<false>, .adds = false}},
    {"_backward_MAERegressionOutput", {.run = runBackward<true>, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
