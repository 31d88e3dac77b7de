// SoftmaxOutput and its gradient; the formulas stand in cpp/ops/loss/softmax_output.cc.
#include "ops/elementwise/map.cuh"
#include "ops/loss/params.h"
#include "ops/nn/softmax.cuh"

namespace tenon::cuda {
namespace {

struct OutputGradientArgs {
  const void* y;
  const void* label;
  const void* dy;  ///< multiplied by; null: nothing
  void* dx;
  DType dtype;
  AxisView view;
  int64_t size;
  bool probabilities;  ///< the label has the output's shape
  bool use_ignore;
  double ignore_label;
  double scale;
  double smooth;         ///< probability of a class that is not the true one
  double peak;           ///< and of the true one
  const int64_t* valid;  ///< labels that count, which divide; null: nothing more divides
};

/// How many labels are not to be ignored, by one block.
__global__ void __launch_bounds__(kThreads)
    countLabelsKernel(const void* label, DType dtype, int64_t size, double ignored,
                      int64_t* valid) {
  __shared__ int64_t shared[kThreads];
  const Team<1> team;
  int64_t count = 0;
  for (int64_t i = team.lane; i < size; i += kThreads)
    count += loadAny<double>(label, dtype, i) != ignored ? 1 : 0;
  count = team.fold(shared, count, [](int64_t a, int64_t b) { return a + b; });
  if (team.lane == 0) *valid = count > 0 ? count : 1;
}

template <class C>
__global__ void __launch_bounds__(kThreads) outputGradientKernel(const OutputGradientArgs args) {
  C scale = static_cast<C>(args.scale);
  if (args.valid != nullptr) scale /= static_cast<C>(*args.valid);
  const AxisView view = args.view;
  forEachItem(args.size, [&](int64_t i) {
    const C y = loadOne<C>(args.y, args.dtype, i);
    C dx;
    if (args.probabilities) {
      dx = scale * (y - loadOne<C>(args.label, args.dtype, i));
    } else {
      const int64_t own = i / view.inner % view.n;
      const int64_t row = i / (view.inner * view.n) * view.inner + i % view.inner;
      const C label = loadOne<C>(args.label, args.dtype, row);
      const int64_t truth = classOf(label, view.n);
      const double target = own == truth ? args.peak : truth < 0 ? 0 : args.smooth;
      const bool ignored = args.use_ignore && label == static_cast<C>(args.ignore_label);
      dx = ignored ? C(0) : scale * (y - static_cast<C>(target));
    }
    if (args.dy != nullptr) dx *= loadOne<C>(args.dy, args.dtype, i);
    storeOne(args.dx, args.dtype, i, dx);
  });
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  softmaxForward(context, rowsOf(context.params<SoftmaxOutputParams>(), in[0].shape), in[0],
                 out[0]);
}

/// What multiplies the gradient, but for the number of labels that count, which only the device
/// knows.
void setScale(const Context& context, const SoftmaxOutputParams& p, const TensorView& label,
              OutputGradientArgs& args) {
  const int64_t labels = label.size();
  switch (p.normalization) {
    case Normalization::kNull:
      if (p.multi_output) args.scale /= static_cast<double>(args.view.inner);
      return;
    case Normalization::kBatch:
      args.scale /= static_cast<double>(labels);
      return;
    case Normalization::kValid:
      break;
  }
  if (!p.use_ignore) {
    args.scale /= static_cast<double>(std::max<int64_t>(labels, 1));
    return;
  }
  auto* valid = static_cast<int64_t*>(context.workspace(sizeof(int64_t)));
  args.valid = valid;
  launchGrid(context, countLabelsKernel, dim3(1), dim3(kThreads), 0, label.data, label.dtype,
             labels, static_cast<double>(p.ignore_label), valid);
}

// Y, label, (dY) -> dX
void runBackward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.params<SoftmaxOutputParams>();
  OutputGradientArgs args{};
  args.y = in[0].data;
  args.label = in[1].data;
  args.dy = p.out_grad ? in[2].data : nullptr;
  args.dx = out[0].data;
  args.dtype = in[0].dtype;
  args.view = rowsOf(p, in[0].shape);
  args.size = out[0].size();
  args.probabilities = in[1].shape == in[0].shape;
  args.use_ignore = p.use_ignore;
  args.ignore_label = p.ignore_label;
  args.scale = p.grad_scale;
  args.smooth = args.view.n > 1 ? p.smooth_alpha / static_cast<double>(args.view.n - 1) : 0;
  args.peak = 1 - static_cast<double>(p.smooth_alpha);
  if (!args.probabilities) setScale(context, p, in[1], args);
  withCompute<false>(args.dtype, [&]<class C>(C) {
    launchItems(context, outputGradientKernel<C>, args.size, args);
  });
}

const KernelRegistration kKernels = {
    {"SoftmaxOutput", {.run = runForward, .adds = false}},
    {"_backward_SoftmaxOutput", {.run = runBackward, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
