// SVMOutput, and softmax_cross_entropy as a plain function.
//
// SVMOutput gives its data; with margin m and coefficient r, the gradient for the true class t is
// −r·[m > x_t] and for the others r·[m > −x], each times 2·(m ∓ x) unless use_linear.
// softmax_cross_entropy: the sum over samples of −ln softmax(x)_t.
#include "ops/linalg/through_float.h"
#include "ops/loss/params.h"
#include "ops/nn/real.h"
#include "ops/nn/softmax_loops.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

void inferRows(const OpAttrs& attrs, Shape& data, Shape& label) {
  TENON_CHECK(!data.rankKnown() || data.rank() == 2, kInvalidArgument, attrs.op().name,
              ": data has shape ", data, ", expected two axes");
  if (data.rankKnown()) unify(attrs, "label", label, Shape{data[0]});
}

// --- SVMOutput

void inferSvm(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  unify(attrs, "output", out[0], in[0]);
  unify(attrs, "data", in[0], out[0]);
  inferRows(attrs, in[0], in[1]);
}

void runSvm(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
            std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[0].data == out[0].data) return;
  dispatchReal(in[0].dtype,
               [&]<class T>() { std::copy_n(in[0].as<T>(), in[0].size(), out[0].as<T>()); });
}

void runSvmGradient(KernelContext& context, std::span<const TensorView> in,
                    std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<SvmParams>();
  const int64_t classes = in[0].shape[1];
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T margin = static_cast<T>(p.margin), scale = static_cast<T>(p.regularization_coefficient);
    for (int64_t i = 0; i < in[0].size(); ++i) {
      const T side = classOf(in[1].as<T>()[i / classes], classes) == i % classes ? T(-1) : T(1);
      const T missing = margin + side * in[0].as<T>()[i];
      const T slope = p.use_linear ? T(1) : T(2) * missing;
      out[0].as<T>()[i] = missing > T(0) ? side * scale * slope : T(0);
    }
  });
}

const OpRegistration kSvmOutput =
    OpBuilder("SVMOutput")
        .doc(
            "Gives the data as it is; its gradient is that of a support vector machine's hinge "
            "loss with the labels.")
        .group("loss")
        .params<SvmParams>()
        .input("data", "Scores of the classes.")
        .input("label", "The true classes.")
        .shape(inferSvm)
        .type(sameFloatingType)
        .gradient([](GradientBuilder& b) -> std::vector<Value> {
          return {b.apply("_backward_SVMOutput", {b.output(0), b.input(1)}, b.attrs().dict()), {}};
        })
        .inplace({{0, 0}})
        .lossLayer()
        .cpu(throughFloat<nullptr, runSvm>({.adds = false}));

const OpRegistration kSvmGradient =
    OpBuilder("_backward_SVMOutput")
        .doc("The gradient of SVMOutput.")
        .params<SvmParams>()
        .input("output", "The scores.")
        .input("label", "The true classes.")
        .shape(inferSvm)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<nullptr, runSvmGradient>({.adds = false}));

// --- softmax_cross_entropy

void inferCrossEntropy(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  inferRows(attrs, in[0], in[1]);
  unify(attrs, "output", out[0], Shape{1});
}

void runCrossEntropy(KernelContext&, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int64_t classes = in[0].shape[1];
  dispatchReal(in[0].dtype, [&]<class T>() {
    double loss = 0;
    for (int64_t row = 0; row < in[0].shape[0]; ++row) {
      const T* x = in[0].as<T>() + row * classes;
      const int64_t truth = classOf(in[1].as<T>()[row], classes);
      if (truth < 0) continue;
      const T largest = *std::max_element(x, x + classes);
      double sum = 0;
      for (int64_t i = 0; i < classes; ++i) sum += std::exp(static_cast<double>(x[i] - largest));
      loss += std::log(sum) - static_cast<double>(x[truth] - largest);
    }
    out[0].as<T>()[0] = static_cast<T>(loss);
  });
}

// dY, data, label -> dX
void inferCrossEntropyGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  inferRows(attrs, in[1], in[2]);
  unify(attrs, "the output's gradient", in[0], Shape{1});
  unify(attrs, "the data's gradient", out[0], in[1]);
}

void runCrossEntropyGradient(KernelContext&, std::span<const TensorView> in,
                             std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[1].size() == 0) return;
  const AxisView view = viewAround(in[1].shape, 1);
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T head = in[0].as<T>()[0];
    forEachSoftmaxRow(view, [&](int64_t first, int64_t row) {
      T* dx = out[0].as<T>() + first;
      softmaxRow(in[1].as<T>() + first, dx, view.n, view.n, 1, T(1), false);
      const int64_t truth = classOf(in[2].as<T>()[row], view.n);
      for (int64_t i = 0; i < view.n; ++i)
        dx[i] = truth < 0 ? T(0) : head * (dx[i] - static_cast<T>(i == truth));
    });
  });
}

const OpRegistration kCrossEntropy =
    OpBuilder("softmax_cross_entropy")
        .doc(
            "The cross-entropy of the softmax of each row of the data with its label, summed over "
            "the rows: an array of "
            "one element.")
        .group("loss")
        .input("data", "Scores of the classes.")
        .input("label", "The true classes.")
        .shape(inferCrossEntropy)
        .type(sameFloatingType)
        .gradient([](GradientBuilder& b) -> std::vector<Value> {
          return {b.apply("_backward_softmax_cross_entropy",
                          {b.outputGradient(0), b.input(0), b.input(1)}),
                  {}};
        })
        .cpu(throughFloat<nullptr, runCrossEntropy>({.adds = false}));

const OpRegistration kCrossEntropyGradient =
    OpBuilder("_backward_softmax_cross_entropy")
        .doc("The gradient of softmax_cross_entropy.")
        .input("ograd", "The output's gradient.")
        .input("data", "Scores of the classes.")
        .input("label", "The true classes.")
        .shape(inferCrossEntropyGradient)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<nullptr, runCrossEntropyGradient>({.adds = false}));

}  // namespace
}  // namespace tenon
