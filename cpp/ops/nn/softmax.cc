// softmax, log_softmax and softmin along an axis, and SoftmaxActivation.
//
//   softmax(x) = exp(x/t) / sum exp(x/t); softmin(x) = softmax(−x); log_softmax = ln softmax.
// Gradients from the output y: softmax dx = (dy − sum(dy·y))·y / t, log_softmax dx = (dy −
// exp(y)·sum(dy)) / t.
#include "ops/linalg/through_float.h"
#include "ops/nn/real.h"
#include "ops/nn/softmax_loops.h"
#include "ops/nn/softmax_params.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const SoftmaxParams& paramsOf(const OpAttrs& attrs) { return attrs.params<SoftmaxParams>(); }

void checkTemperature(const OpAttrs& attrs) {
  const auto& p = paramsOf(attrs);
  TENON_CHECK(!p.temperature.has || p.temperature.value != 0, kInvalidArgument, attrs.op().name,
              ": temperature is 0, expected another number");
}

/// The data's shape without the axis.
Shape lengthShape(const OpAttrs& attrs, const Shape& data) {
  if (!data.rankKnown()) return data;
  const int axis = data.axis(paramsOf(attrs).axis, attrs.op().name);
  Shape shape = Shape::scalar();
  for (int i = 0; i < data.rank(); ++i) {
    if (i != axis) shape.append(data[i]);
  }
  if (shape.rank() == 0) shape.append(1);
  return shape;
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  checkTemperature(attrs);
  sameAsFirst(attrs, in, out);
  if (in[0].rankKnown()) in[0].axis(paramsOf(attrs).axis, attrs.op().name);
  if (in.size() > 1) unify(attrs, "length", in[1], lengthShape(attrs, in[0]));
}

void checkLengthType(const OpAttrs& attrs, DType length) {
  TENON_CHECK(length == DType::kUnknown || length == DType::kInt32 || length == DType::kInt64,
              kInvalidArgument, attrs.op().name, ": length has dtype ", nameOf(length),
              ", expected int32 or int64");
}

void inferType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  if (in.size() > 1) checkLengthType(attrs, in[1]);
  const auto& p = paramsOf(attrs);
  if (!p.dtype.has) return sameFloatingType(attrs, in.first(1), out);
  unify(attrs, "output", out[0], p.dtype.value);
  TENON_CHECK(in[0] == DType::kUnknown || isFloating(in[0]), kInvalidArgument, attrs.op().name,
              ": data has dtype ", nameOf(in[0]), ", expected a floating one");
}

/// How many elements of row `row` count.
int64_t countOf(const TensorView* length, int64_t row, int64_t n) {
  if (length == nullptr) return n;
  const int64_t given =
      length->dtype == DType::kInt32 ? length->as<int32_t>()[row] : length->as<int64_t>()[row];
  return std::clamp<int64_t>(given, 0, n);
}

template <SoftmaxKind kind>
void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  const auto& p = paramsOf(context.attrs());
  const AxisView view = viewAround(in[0].shape, in[0].shape.axis(p.axis, "softmax"));
  const TensorView* length = in.size() > 1 ? &in[1] : nullptr;
  dispatchReal(in[0].dtype, [&]<class In>() {
    dispatchReal(out[0].dtype, [&]<class Out>() {
      const Out scale = static_cast<Out>(p.scale(kind));
      forEachSoftmaxRow(view, [&](int64_t first, int64_t row) {
        softmaxRow(in[0].as<In>() + first, out[0].as<Out>() + first, view.n,
                   countOf(length, row, view.n), view.inner, scale,
                   kind == SoftmaxKind::kLogSoftmax);
      });
    });
  });
}

// dY, Y, (length), (data, for its dtype) -> dX
template <SoftmaxKind kind>
void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = paramsOf(context.attrs());
  const AxisView view = viewAround(in[0].shape, in[0].shape.axis(p.axis, "softmax"));
  const TensorView* length = p.hasLength() ? &in[2] : nullptr;
  dispatchReal(in[1].dtype, [&]<class T>() {
    dispatchReal(out[0].dtype, [&]<class To>() {
      const T scale = static_cast<T>(p.scale(kind));
      forEachSoftmaxRow(view, [&](int64_t first, int64_t row) {
        const T* dy = in[0].as<T>() + first;
        const T* y = in[1].as<T>() + first;
        To* dx = out[0].as<To>() + first;
        const int64_t count = countOf(length, row, view.n);
        T sum = 0;
        for (int64_t i = 0; i < count; ++i) {
          sum += kind == SoftmaxKind::kLogSoftmax ? dy[i * view.inner]
                                                  : dy[i * view.inner] * y[i * view.inner];
        }
        for (int64_t i = 0; i < view.n; ++i) {
          const int64_t at = i * view.inner;
          const T slope = kind == SoftmaxKind::kLogSoftmax ? dy[at] - std::exp(y[at]) * sum
                                                           : (dy[at] - sum) * y[at];
          dx[at] = i < count ? static_cast<To>(slope * scale) : To(0);
        }
      });
    });
  });
}

void inferBackwardShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  allSame(attrs, in.first(2), out);
  const bool length = paramsOf(attrs).hasLength();
  if (length) unify(attrs, "length", in[2], lengthShape(attrs, in[0]));
  if (paramsOf(attrs).dtype.has) unify(attrs, "data", in[length ? 3 : 2], out[0]);
}

void inferBackwardType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  const auto& p = paramsOf(attrs);
  if (p.hasLength()) checkLengthType(attrs, in[2]);
  if (!p.dtype.has) return sameFloatingType(attrs, in.first(2), out);
  sameFloatingType(attrs, in.first(2), {});
  unify(attrs, "the data's gradient", out[0], in[p.hasLength() ? 3 : 2]);
}

int countInputs(const SoftmaxParams& p) { return p.hasLength() ? 2 : 1; }

std::vector<std::string> backwardInputs(const SoftmaxParams& p) {
  std::vector<std::string> names = {"ograd", "output"};
  if (p.hasLength()) names.emplace_back("length");
  if (p.dtype.has) names.emplace_back("data");
  return names;
}

std::vector<Value> gradientBy(GradientBuilder& b, std::string_view op) {
  const auto& p = paramsOf(b.attrs());
  std::vector<Value> inputs = {b.outputGradient(0), b.output(0)};
  if (p.hasLength()) inputs.push_back(b.input(1));
  if (p.dtype.has) inputs.push_back(b.input(0));
  std::vector<Value> result(p.hasLength() ? 2 : 1);
  result[0] = b.applyAll(op, inputs, b.attrs().dict()).front();
  return result;
}

template <SoftmaxKind kind>
OpBuilder forwardOp(std::string_view name, std::string_view doc, std::string_view backward) {
  OpBuilder builder(name);
  builder.doc(doc)
      .group("nn")
      .params<SoftmaxParams>()
      .input("data", "The input.")
      .input("length", "With use_length: how many elements count, for every row.")
      .inputCount<SoftmaxParams>(countInputs)
      .shape(inferForward)
      .type(inferType)
      .gradient([backward = std::string(backward)](GradientBuilder& b) {
        return gradientBy(b, backward);
      })
      .inplace({{0, 0}})
      .inlineBelow(256)
      .cpu(throughFloat<nullptr, runForward<kind>>({.adds = false}));
  return builder;
}

template <SoftmaxKind kind>
OpBuilder backwardOp(std::string_view name, std::string_view doc) {
  OpBuilder builder(name);
  builder.doc(doc)
      .params<SoftmaxParams>()
      .input("ograd", "The output's gradient.")
      .input("output", "The output.")
      .input("length", "As in the forward pass.")
      .input("data", "The input, where its dtype is another one.")
      .inputNames<SoftmaxParams>(backwardInputs)
      .shape(inferBackwardShape)
      .type(inferBackwardType)
      .hidden()
      .inlineBelow(256)
      .cpu(throughFloat<nullptr, runBackward<kind>>({.adds = false}));
  return builder;
}

const OpRegistration kSoftmax = forwardOp<SoftmaxKind::kSoftmax>(
    "softmax", "exp(x/temperature) over its sum along an axis: positive numbers with the sum 1.",
    "_backward_softmax");
const OpRegistration kSoftmaxGradient =
    backwardOp<SoftmaxKind::kSoftmax>("_backward_softmax", "The gradient of softmax.");
const OpRegistration kLogSoftmax = forwardOp<SoftmaxKind::kLogSoftmax>(
    "log_softmax", "The natural logarithm of softmax along an axis, computed without overflow.",
    "_backward_log_softmax");
const OpRegistration kLogSoftmaxGradient =
    backwardOp<SoftmaxKind::kLogSoftmax>("_backward_log_softmax", "The gradient of log_softmax.");
const OpRegistration kSoftmin = forwardOp<SoftmaxKind::kSoftmin>(
    "softmin", "softmax of the negated input: the smallest element gets the largest share.",
    "_backward_softmin");
const OpRegistration kSoftminGradient =
    backwardOp<SoftmaxKind::kSoftmin>("_backward_softmin", "The gradient of softmin.");

// --- SoftmaxActivation: over all but the first axis, or over the channels

void inferActivation(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  allSame(attrs, in, out);
  const int least = attrs.params<SoftmaxActivationParams>().mode == SoftmaxMode::kChannel ? 2 : 1;
  TENON_CHECK(!in[0].rankKnown() || in[0].rank() >= least, kInvalidArgument, attrs.op().name,
              ": data has shape ", in[0], ", expected at least ", least, " axes");
}

void runActivation(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  dispatchReal(in[0].dtype, [&]<class T>() {
    softmaxForward(activationView(context.attrs().params<SoftmaxActivationParams>(), in[0].shape),
                   in[0].as<T>(), out[0].as<T>());
  });
}

void runActivationGradient(KernelContext& context, std::span<const TensorView> in,
                           std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  const AxisView view =
      activationView(context.attrs().params<SoftmaxActivationParams>(), in[0].shape);
  dispatchReal(in[0].dtype, [&]<class T>() {
    forEachSoftmaxRow(view, [&](int64_t first, int64_t) {
      const T* dy = in[0].as<T>() + first;
      const T* y = in[1].as<T>() + first;
      T* dx = out[0].as<T>() + first;
      T sum = 0;
      for (int64_t i = 0; i < view.n; ++i) sum += dy[i * view.inner] * y[i * view.inner];
      for (int64_t i = 0; i < view.n; ++i)
        dx[i * view.inner] = (dy[i * view.inner] - sum) * y[i * view.inner];
    });
  });
}

std::vector<Value> activationGradient(GradientBuilder& b) {
  return {
      b.apply("_backward_SoftmaxActivation", {b.outputGradient(0), b.output(0)}, b.attrs().dict())};
}

const OpRegistration kSoftmaxActivation =
    OpBuilder("SoftmaxActivation")
        .doc(
            "Softmax over all elements of a sample, or over the channels at each position. softmax "
            "says the same with an "
            "axis.")
        .group("nn")
        .params<SoftmaxActivationParams>()
        .input("data", "The input.")
        .shape(inferActivation)
        .type(sameFloatingType)
        .gradient(activationGradient)
        .inplace({{0, 0}})
        .cpu(throughFloat<nullptr, runActivation>({.adds = false}));

const OpRegistration kSoftmaxActivationGradient =
    OpBuilder("_backward_SoftmaxActivation")
        .doc("The gradient of SoftmaxActivation.")
        .params<SoftmaxActivationParams>()
        .input("ograd", "The output's gradient.")
        .input("output", "The output.")
        .shape(inferActivation)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<nullptr, runActivationGradient>({.adds = false}));

}  // namespace
}  // namespace tenon
