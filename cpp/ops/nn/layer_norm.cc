// LayerNorm: Y = gamma·(X − mean)/sqrt(var + eps) + beta, with mean and (population) variance over
// one axis.
//
// With x̂ the normalised X, g = dY·gamma and means over the axis: dX = (g − mean(g) −
// x̂·mean(g·x̂))/sqrt(var + eps); dgamma = Σ dY·x̂ and dbeta = Σ dY over the other axes. The hidden
// outputs are the mean and sqrt(var + eps).
#include <cmath>

#include "ops/linalg/through_float.h"
#include "ops/nn/layer_norm_params.h"
#include "ops/nn/real.h"
#include "ops/nn/softmax_loops.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

int axisOf(const OpAttrs& attrs, const Shape& data) {
  return data.axis(attrs.params<LayerNormParams>().axis, attrs.op().name);
}

void inferStatistics(const OpAttrs& attrs, const Shape& data, std::span<Shape> channels,
                     std::span<Shape> rows) {
  if (!data.rankKnown()) return;
  const int axis = axisOf(attrs, data);
  for (Shape& shape : channels) unify(attrs, "a parameter", shape, Shape{data[axis]});
  Shape row = data;
  row[axis] = 1;
  for (Shape& shape : rows) unify(attrs, "a statistic", shape, row);
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  sameAsFirst(attrs, in, out.first(1));
  inferStatistics(attrs, in[0], in.subspan(1), out.subspan(1));
}

// dY, data, gamma, mean, std -> dX, dgamma, dbeta
void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  allSame(attrs, in.first(2), out.first(1));
  inferStatistics(attrs, in[1], in.subspan(2, 1), in.subspan(3));
  inferStatistics(attrs, in[1], out.subspan(1), {});
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (in[0].size() == 0) return;
  const AxisView view = viewAround(in[0].shape, axisOf(context.attrs(), in[0].shape));
  const double eps = context.attrs().params<LayerNormParams>().eps;
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T *gamma = in[1].as<T>(), *beta = in[2].as<T>();
    forEachSoftmaxRow(view, [&](int64_t first, int64_t row) {
      const T* x = in[0].as<T>() + first;
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < view.n; ++i) sum += static_cast<double>(x[i * view.inner]);
      const double mean = sum / static_cast<double>(view.n);
      for (int64_t i = 0; i < view.n; ++i) {
        const double difference = static_cast<double>(x[i * view.inner]) - mean;
        squares += difference * difference;
      }
      const double deviation = std::sqrt(squares / static_cast<double>(view.n) + eps);
      if (requests[1] != Request::kNull) out[1].as<T>()[row] = static_cast<T>(mean);
      if (requests[2] != Request::kNull) out[2].as<T>()[row] = static_cast<T>(deviation);
      if (requests[0] == Request::kNull) return;
      T* y = out[0].as<T>() + first;
      const T center = static_cast<T>(mean), inverse = static_cast<T>(1 / deviation);
      for (int64_t i = 0; i < view.n; ++i)
        y[i * view.inner] = gamma[i] * ((x[i * view.inner] - center) * inverse) + beta[i];
    });
  });
}

template <class T>
void dataGradient(const AxisView& view, std::span<const TensorView> in, T* dx) {
  const T *gamma = in[2].as<T>(), *mean = in[3].as<T>(), *deviation = in[4].as<T>();
  forEachSoftmaxRow(view, [&](int64_t first, int64_t row) {
    const T *dy = in[0].as<T>() + first, *x = in[1].as<T>() + first;
    const T inverse = T(1) / deviation[row], center = mean[row];
    double sum = 0, products = 0;
    for (int64_t i = 0; i < view.n; ++i) {
      const double g = static_cast<double>(dy[i * view.inner] * gamma[i]);
      sum += g;
      products += g * static_cast<double>((x[i * view.inner] - center) * inverse);
    }
    const T a = static_cast<T>(sum / static_cast<double>(view.n)),
            b = static_cast<T>(products / static_cast<double>(view.n));
    for (int64_t i = 0; i < view.n; ++i) {
      const int64_t at = i * view.inner;
      dx[first + at] = (dy[at] * gamma[i] - a - (x[at] - center) * inverse * b) * inverse;
    }
  });
}

void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  const AxisView view = viewAround(in[1].shape, axisOf(context.attrs(), in[1].shape));
  dispatchReal(in[0].dtype, [&]<class T>() {
    if (requests[0] != Request::kNull && in[0].size() > 0) dataGradient(view, in, out[0].as<T>());
    if (requests[1] == Request::kNull && requests[2] == Request::kNull) return;
    std::vector<double> gammas(static_cast<size_t>(view.n)), betas(static_cast<size_t>(view.n));
    const T *dy = in[0].as<T>(), *x = in[1].as<T>(), *mean = in[3].as<T>(),
            *deviation = in[4].as<T>();
    for (int64_t row = 0; row < view.outer * view.inner; ++row) {
      const int64_t first = row / view.inner * view.n * view.inner + row % view.inner;
      for (int64_t i = 0; i < view.n; ++i) {
        const double g = static_cast<double>(dy[first + i * view.inner]);
        betas[static_cast<size_t>(i)] += g;
        gammas[static_cast<size_t>(i)] +=
            g * static_cast<double>((x[first + i * view.inner] - mean[row]) / deviation[row]);
      }
    }
    for (size_t i = 0; i < gammas.size(); ++i) {
      if (requests[1] != Request::kNull) out[1].as<T>()[i] = static_cast<T>(gammas[i]);
      if (requests[2] != Request::kNull) out[2].as<T>()[i] = static_cast<T>(betas[i]);
    }
  });
}

std::vector<Value> gradient(GradientBuilder& b) {
  const std::vector<Value> inputs = {b.outputGradient(0), b.input(0), b.input(1), b.output(1),
                                     b.output(2)};
  return b.applyAll("_backward_LayerNorm", inputs, b.attrs().dict());
}

int visibleOutputs(const LayerNormParams& p) { return p.output_mean_var ? 3 : 1; }

const OpRegistration kLayerNorm = OpBuilder("LayerNorm")
                                      .doc(
                                          "Normalises along one axis to mean 0 and variance 1, "
                                          "then scales by gamma and adds beta.")
                                      .group("nn")
                                      .params<LayerNormParams>()
                                      .input("data", "The input.")
                                      .input("gamma", "Scale of each element of the axis.")
                                      .input("beta", "Added to each element of the axis.")
                                      .output("output", "The normalised data.")
                                      .output("mean", "The means.")
                                      .output("std", "sqrt(var + eps).")
                                      .visibleOutputs<LayerNormParams>(visibleOutputs)
                                      .shape(inferForward)
                                      .type(sameFloatingType)
                                      .gradient(gradient)
                                      .cpu(throughFloat<nullptr, runForward>({.adds = false}));

const OpRegistration kLayerNormGradient =
    OpBuilder("_backward_LayerNorm")
        .doc("The gradients of LayerNorm.")
        .params<LayerNormParams>()
        .input("ograd", "The output's gradient.")
        .input("data", "The input.")
        .input("gamma", "Scale of each element of the axis.")
        .input("mean", "The means.")
        .input("std", "sqrt(var + eps).")
        .output("data_grad", "The data's gradient.")
        .output("gamma_grad", "gamma's gradient.")
        .output("beta_grad", "beta's gradient.")
        .shape(inferBackward)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<nullptr, runBackward>({.adds = false}));

}  // namespace
}  // namespace tenon
