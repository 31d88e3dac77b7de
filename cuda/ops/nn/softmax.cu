// softmax, log_softmax, softmin and SoftmaxActivation with their gradients; the formulas stand in
// cpp/ops/nn/softmax.cc.
#include "ops/nn/softmax.cuh"

namespace tenon::cuda {
namespace {

struct GradientArgs {
  const void* dy;
  const void* y;
  void* dx;
  DType dtype;
  DType dx_dtype;
  AxisView view;
  double scale;
  bool log;
  const void* length;
  DType length_dtype;
};

template <class C, int kOuts>
__global__ void __launch_bounds__(kThreads) softmaxGradientKernel(const GradientArgs args) {
  constexpr int kEach = Team<kOuts>::kEach;
  __shared__ C shared[kThreads];
  const AxisView view = args.view;
  const RowTeam<kOuts> team(view);
  const int64_t count =
      team.exists ? countedOf(args.length, args.length_dtype, team.output, view.n) : 0;
  C sum = 0;
  for (int64_t i = team.lane; i < count; i += kEach) {
    const int64_t at = team.first + i * view.inner;
    const C dy = loadAny<C>(args.dy, args.dtype, at);
    sum += args.log ? dy : dy * loadAny<C>(args.y, args.dtype, at);
  }
  sum = team.fold(shared, sum, [](C a, C b) { return a + b; });
  if (!team.exists) return;
  for (int64_t i = team.lane; i < view.n; i += kEach) {
    const int64_t at = team.first + i * view.inner;
    C dx = 0;
    if (i < count) {
      const C dy = loadAny<C>(args.dy, args.dtype, at);
      const C y = loadAny<C>(args.y, args.dtype, at);
      dx = (args.log ? dy - device::expOf(y) * sum : (dy - sum) * y) * static_cast<C>(args.scale);
    }
    storeAny(args.dx, args.dx_dtype, at, dx, false);
  }
}

void launchGradient(const Context& context, const GradientArgs& args) {
  const int64_t rows = args.view.outer * args.view.inner;
  const bool wide = args.dtype == DType::kFloat64;
  withTeams(args.view.inner == 1, args.view.n, [&]<int kOuts>() {
    const auto kernel =
        wide ? softmaxGradientKernel<double, kOuts> : softmaxGradientKernel<float, kOuts>;
    launchGrid(context, kernel, teamGrid<kOuts>(rows), dim3(kThreads), 0, args);
  });
}

template <SoftmaxKind kKind>
void runForward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  const auto& p = context.params<SoftmaxParams>();
  const SoftmaxArgs args{.x = in[0].data,
                         .y = out[0].data,
                         .x_dtype = in[0].dtype,
                         .y_dtype = out[0].dtype,
                         .view = viewAround(in[0].shape, in[0].shape.axis(p.axis, "softmax")),
                         .scale = p.scale(kKind),
                         .log = kKind == SoftmaxKind::kLogSoftmax,
                         .length = in.size() > 1 ? in[1].data : nullptr,
                         .length_dtype = in.size() > 1 ? in[1].dtype : DType::kInt32};
  launchSoftmax(context, args, isWide(in[0], out[0]));
}

// dY, Y, (length), (data, for its dtype) -> dX
template <SoftmaxKind kKind>
void runBackward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.params<SoftmaxParams>();
  const bool has_length = p.hasLength();
  launchGradient(context, {.dy = in[0].data,
                           .y = in[1].data,
                           .dx = out[0].data,
                           .dtype = in[1].dtype,
                           .dx_dtype = out[0].dtype,
                           .view = viewAround(in[0].shape, in[0].shape.axis(p.axis, "softmax")),
                           .scale = p.scale(kKind),
                           .log = kKind == SoftmaxKind::kLogSoftmax,
                           .length = has_length ? in[2].data : nullptr,
                           .length_dtype = has_length ? in[2].dtype : DType::kInt32});
}

void runActivation(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  softmaxForward(context, activationView(context.params<SoftmaxActivationParams>(), in[0].shape),
                 in[0], out[0]);
}

void runActivationGradient(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  launchGradient(context,
                 {.dy = in[0].data,
                  .y = in[1].data,
                  .dx = out[0].data,
                  .dtype = in[1].dtype,
                  .dx_dtype = out[0].dtype,
                  .view = activationView(context.params<SoftmaxActivationParams>(), in[0].shape),
                  .scale = 1,
                  .log = false,
                  .length = nullptr,
                  .length_dtype = DType::kInt32});
}

const KernelRegistration kKernels = {
    {"softmax", {.run = runForward<SoftmaxKind::kSoftmax>, .adds = false}},
    {"log_softmax", {.run = runForward<SoftmaxKind::kLogSoftmax>, .adds = false}},
    {"softmin", {.run = runForward<SoftmaxKind::kSoftmin>, .adds = false}},
    {"_backward_softmax", {.run = runBackward<SoftmaxKind::kSoftmax>, .adds = false}},
    {"_backward_log_softmax", {.run = runBackward<SoftmaxKind::kLogSoftmax>, .adds = false}},
    {"_backward_softmin", {.run = runBackward<SoftmaxKind::kSoftmin>, .adds = false}},
    {"SoftmaxActivation", {.run = runActivation, .adds = false}},
    {"_backward_SoftmaxActivation", {.run = runActivationGradient, .adds = false}},
};

}  // namespace

void softmaxForward(const Context& context, const AxisView& view, const TensorView& x,
                    const TensorView& y) {
  if (x.size() == 0) return;
  launchSoftmax(context,
                {.x = x.data,
                 .y = y.data,
                 .x_dtype = x.dtype,
                 .y_dtype = y.dtype,
                 .view = view,
                 .scale = 1,
                 .log = false,
                 .length = nullptr,
                 .length_dtype = DType::kInt32},
                isWide(x, y));
}

}  // namespace tenon::cuda
