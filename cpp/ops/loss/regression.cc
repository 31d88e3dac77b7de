// Outputs with a loss of their own: LinearRegressionOutput, LogisticRegressionOutput,
// MAERegressionOutput.
//
//   linear: Y = X, dX = s·(Y − label); logistic: Y = 1/(1 + e^-X), dX = s·(Y − label); MAE: Y = X,
//   dX = s·sign(Y − label), where sign(0) is -1
// with s = grad_scale / values per sample.
#include <cmath>

#include "base/parallel.h"
#include "ops/linalg/through_float.h"
#include "ops/loss/params.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

enum class Loss { kLinear, kLogistic, kAbsolute };

void inferShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  unify(attrs, "output", out[0], in[0]);
  unify(attrs, "data", in[0], out[0]);
  const Shape& data = in[0];
  if (!data.known()) return;
  TENON_CHECK(data.rank() > 0, kInvalidArgument, attrs.op().name,
              ": data is a scalar, expected at least one axis");
  if (!in[1].rankKnown()) {
    in[1] = data.rank() == 2 && data[1] == 1 ? Shape{data[0]} : data;
    return;
  }
  if (in[1].rank() == data.rank()) unify(attrs, "label", in[1], data);
  if (!in[1].known()) return;
  TENON_CHECK(in[1].rank() > 0 && in[1][0] == data[0] && in[1].size() == data.size(),
              kInvalidArgument, attrs.op().name, ": label has shape ", in[1], ", expected ", data,
              " as the data has, or one with as many elements");
}

template <Loss loss>
void runForward(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T* x = in[0].as<T>();
    T* y = out[0].as<T>();
    parallelFor(in[0].size(), kElementFloor, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        y[i] = loss == Loss::kLogistic ? T(1) / (T(1) + std::exp(-x[i])) : x[i];
    });
  });
}

// Y, label -> dX
template <Loss loss>
void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  const int64_t per_sample = in[1].size() / in[1].shape[0];
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T scale = static_cast<T>(context.attrs().params<RegressionParams>().grad_scale) /
                    static_cast<T>(per_sample);
    const T *y = in[0].as<T>(), *label = in[1].as<T>();
    T* dx = out[0].as<T>();
    parallelFor(in[0].size(), kElementFloor, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T difference = y[i] - label[i];
        const T sign = difference > T(0) ? T(1) : T(-1);
        const T slope = loss == Loss::kAbsolute ? sign : difference;
        dx[i] = scale * slope;
      }
    });
  });
}

template <Loss loss>
OpBuilder forwardOp(std::string_view name, std::string_view doc) {
  OpBuilder op(name);
  op.doc(doc)
      .group("loss")
      .params<RegressionParams>()
      .input("data", "The predictions.")
      .input("label", "What they should be.")
      .shape(inferShape)
      .type(sameFloatingType)
      .gradient([backward = concat("_backward_", name)](GradientBuilder& b) -> std::vector<Value> {
        return {b.apply(backward, {b.output(0), b.input(1)}, b.attrs().dict()), {}};
      })
      .inplace({{0, 0}})
      .lossLayer()
      .cpu(throughFloat<nullptr, runForward<loss>>({.adds = false}));
  return op;
}

template <Loss loss>
OpBuilder backwardOp(std::string_view name) {
  OpBuilder op(name);
  op.doc("The gradient of an output with a loss of its own.")
      .params<RegressionParams>()
      .input("output", "The output.")
      .input("label", "What it should be.")
      .shape(inferShape)
      .type(sameFloatingType)
      .inplace({{0, 0}})
      .hidden()
      .cpu(throughFloat<nullptr, runBackward<loss>>({.adds = false}));
  return op;
}

const OpRegistration kLinear = forwardOp<Loss::kLinear>(
    "LinearRegressionOutput",
    "Gives the data as it is; its gradient is that of half the squared error with the labels.");
const OpRegistration kLinearGradient =
    backwardOp<Loss::kLinear>("_backward_LinearRegressionOutput");
const OpRegistration kLogistic = forwardOp<Loss::kLogistic>(
    "LogisticRegressionOutput",
    "1/(1 + exp(-data)); its gradient is that of the binary cross-entropy with the labels.");
const OpRegistration kLogisticGradient =
    backwardOp<Loss::kLogistic>("_backward_LogisticRegressionOutput");
const OpRegistration kAbsolute = forwardOp<Loss::kAbsolute>(
    "MAERegressionOutput",
    "Gives the data as it is; its gradient is that of the absolute error with the labels.");
const OpRegistration kAbsoluteGradient =
    backwardOp<Loss::kAbsolute>("_backward_MAERegressionOutput");

}  // namespace
}  // namespace tenon
