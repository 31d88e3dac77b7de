// SVMOutput, and softmax_cross_entropy as a plain function, with their gradients; the formulas
// stand in cpp/ops/loss/classification.cc.
#include "ops/elementwise/map.cuh"
#include "ops/init/fill.cuh"
#include "ops/loss/params.h"
#include "ops/nn/softmax.cuh"

namespace tenon::cuda {
namespace {

template <class C>
__global__ void __launch_bounds__(kThreads)
    svmKernel(const void* y, const void* label, void* dx, DType dtype, int64_t size,
              int64_t classes, const SvmParams p) {
  forEachItem(size, [&](int64_t i) {
    const C truth = loadOne<C>(label, dtype, i / classes);
    const C side = classOf(truth, classes) == i % classes ? C(-1) : C(1);
    const C missing = static_cast<C>(p.margin) + side * loadOne<C>(y, dtype, i);
    const C slope = p.use_linear ? C(1) : C(2) * missing;
    const C scale = static_cast<C>(p.regularization_coefficient);
    storeOne(dx, dtype, i, missing > C(0) ? side * scale * slope : C(0));
  });
}

void runSvm(Context& context, Views in, Views out, Requests requests) {
  copyOrAdd(context, in[0], out[0], requests[0]);
}

void runSvmGradient(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  withCompute<false>(in[0].dtype, [&]<class C>(C) {
    launchItems(context, svmKernel<C>, out[0].size(), in[0].data, in[1].data, out[0].data,
                in[0].dtype, out[0].size(), in[0].shape[1], context.params<SvmParams>());
  });
}

/// Each row's loss: the logarithm of its sum less the true class's score.
template <class C, int kOuts>
__global__ void __launch_bounds__(kThreads)
    rowLossKernel(const void* x, const void* label, DType dtype, const AxisView view,
                  double* losses) {
  __shared__ C shared[kThreads];
  const Team<kOuts> team;
  const bool exists = team.output < view.outer;
  const int64_t first = team.output * view.n;
  const RowSums<C> sums =
      rowSums(team, shared, x, dtype, first, exists ? view.n : 0, int64_t{1}, C(1));
  if (!exists || team.lane != 0) return;
  const int64_t truth = classOf(loadAny<C>(label, dtype, team.output), view.n);
  losses[team.output] =
      truth < 0 ? 0
                : static_cast<double>(device::logOf(sums.sum)) -
                      static_cast<double>(loadAny<C>(x, dtype, first + truth) - sums.largest);
}

/// The sum of all, by one block.
__global__ void __launch_bounds__(kThreads)
    sumLossKernel(const double* losses, int64_t rows, void* out, DType dtype) {
  __shared__ double shared[kThreads];
  const Team<1> team;
  double sum = 0;
  for (int64_t i = team.lane; i < rows; i += kThreads) sum += losses[i];
  sum = team.fold(shared, sum, [](double a, double b) { return a + b; });
  if (team.lane == 0) storeAny(out, dtype, 0, sum, false);
}

void runCrossEntropy(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  const AxisView view{.outer = in[0].shape[0], .n = in[0].shape[1], .inner = 1};
  auto* losses =
      static_cast<double*>(context.workspace(static_cast<size_t>(view.outer) * sizeof(double)));
  withTeams(true, view.n, [&]<int kOuts>() {
    const auto kernel =
        in[0].dtype == DType::kFloat64 ? rowLossKernel<double, kOuts> : rowLossKernel<float, kOuts>;
    launchGrid(context, kernel, teamGrid<kOuts>(view.outer), dim3(kThreads), 0, in[0].data,
               in[1].data, in[0].dtype, view, losses);
  });
  launchGrid(context, sumLossKernel, dim3(1), dim3(kThreads), 0, losses, view.outer, out[0].data,
             out[0].dtype);
}

/// head · (softmax(x) − onehot(label)), 0 for rows whose label is no class.
template <class C, int kOuts>
__global__ void __launch_bounds__(kThreads)
    crossEntropyGradientKernel(const void* head, const void* x, const void* label, void* dx,
                               DType dtype, const AxisView view) {
  __shared__ C shared[kThreads];
  const Team<kOuts> team;
  const bool exists = team.output < view.outer;
  const int64_t first = team.output * view.n;
  const RowSums<C> sums =
      rowSums(team, shared, x, dtype, first, exists ? view.n : 0, int64_t{1}, C(1));
  if (!exists) return;
  const int64_t truth = classOf(loadOne<C>(label, dtype, team.output), view.n);
  const C factor = loadOne<C>(head, dtype, 0);
  for (int64_t i = team.lane; i < view.n; i += Team<kOuts>::kEach) {
    const C y = device::expOf(loadOne<C>(x, dtype, first + i) - sums.largest) / sums.sum;
    storeOne(dx, dtype, first + i, truth < 0 ? C(0) : factor * (y - (i == truth ? C(1) : C(0))));
  }
}

// dY, data, label -> dX
void runCrossEntropyGradient(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || in[1].size() == 0) return;
  const AxisView view{.outer = in[1].shape[0], .n = in[1].shape[1], .inner = 1};
  withTeams(true, view.n, [&]<int kOuts>() {
    const auto kernel = in[1].dtype == DType::kFloat64 ? crossEntropyGradientKernel<double, kOuts>
                                                       : crossEntropyGradientKernel<float, kOuts>;
    launchGrid(context, kernel, teamGrid<kOuts>(view.outer), dim3(kThreads), 0, in[0].data,
               in[1].data, in[2].data, out[0].data, in[1].dtype, view);
  });
}

const KernelRegistration kKernels = {
    {"SVMOutput", {.run = runSvm}},
    {"_backward_SVMOutput", {.run = runSvmGradient, .adds = false}},
    {"softmax_cross_entropy", {.run = runCrossEntropy, .adds = false}},
    {"_backward_softmax_cross_entropy", {.run = runCrossEntropyGradient, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
