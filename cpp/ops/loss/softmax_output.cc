// SoftmaxOutput: softmax as the output, the gradient of cross-entropy as its gradient.
//
//   dX = scale·(Y − onehot(label)), with label smoothing (1 − a at the label, a/(k − 1) elsewhere),
//   rows of the ignored label zero, and scale = grad_scale / (1, the batch, or the labels that
//   count). A label of the data's own shape holds the target's probabilities: dX = grad_scale·(Y −
//   label).
// A label that is no class (NaN, negative, too large) subtracts nothing, as in MXNet.
#include "ops/linalg/through_float.h"
#include "ops/loss/params.h"
#include "ops/nn/real.h"
#include "ops/nn/softmax_loops.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const SoftmaxOutputParams& paramsOf(const OpAttrs& attrs) {
  return attrs.params<SoftmaxOutputParams>();
}

// --- shapes

Shape labelShape(const SoftmaxOutputParams& p, const Shape& data) {
  Shape label = Shape::scalar();
  if (p.multi_output) {
    label.append(data[0]);
    int64_t rest = 1;
    for (int axis = 2; axis < data.rank(); ++axis)
      rest = data[axis] < 0 || rest < 0 ? -1 : rest * data[axis];
    label.append(rest);
  } else {
    for (int axis = 0; axis + 1 < data.rank(); ++axis) label.append(data[axis]);
  }
  return label;
}

/// Every shape that a label may have for data of this shape.
bool isLabelShape(const SoftmaxOutputParams& p, const Shape& data, const Shape& label) {
  const auto fits = [&](const Shape& expected) {
    try {
      merge(label, expected);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  if (fits(data) || fits(labelShape(p, data))) return true;
  if (!p.multi_output) return false;
  Shape positions = Shape::scalar(), kept = data;
  for (int axis = 0; axis < data.rank(); ++axis) {
    if (axis != 1) positions.append(data[axis]);
  }
  kept[1] = 1;
  return fits(positions) || fits(kept);
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = paramsOf(attrs);
  unify(attrs, "output", out[0], in[0]);
  unify(attrs, "data", in[0], out[0]);
  const Shape& data = in[0];
  if (!data.rankKnown()) return;
  TENON_CHECK(data.rank() >= 2, kInvalidArgument, attrs.op().name, ": data has shape ", data,
              ", expected at least two axes");
  if (!in[1].rankKnown()) {
    in[1] = labelShape(p, data);
    return;
  }
  TENON_CHECK(isLabelShape(p, data, in[1]), kInvalidArgument, attrs.op().name, ": label has shape ",
              in[1], ", expected ", labelShape(p, data), " for data of shape ", data);
}

// --- kernels

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || in[0].size() == 0) return;
  dispatchReal(in[0].dtype, [&]<class T>() {
    softmaxForward(rowsOf(paramsOf(context.attrs()), in[0].shape), in[0].as<T>(), out[0].as<T>());
  });
}

template <class T>
T scaleOf(const SoftmaxOutputParams& p, const AxisView& view, const T* label, int64_t labels) {
  const T scale = static_cast<T>(p.grad_scale);
  switch (p.normalization) {
    case Normalization::kNull:
      // With several positions to a sample, their mean is taken; so does 1.9.1.
      return p.multi_output ? scale / static_cast<T>(view.inner) : scale;
    case Normalization::kBatch:
      return scale / static_cast<T>(labels);
    case Normalization::kValid: {
      int64_t valid = labels;
      if (p.use_ignore) {
        valid = std::count_if(label, label + labels,
                              [&](T l) { return l != static_cast<T>(p.ignore_label); });
      }
      return scale / static_cast<T>(std::max<int64_t>(valid, 1));
    }
  }
  return scale;
}

template <class T>
void classGradient(const SoftmaxOutputParams& p, const AxisView& view, const T* y, const T* label,
                   int64_t labels, T* dx) {
  const T scale = scaleOf(p, view, label, labels);
  const T smooth = view.n > 1 ? static_cast<T>(p.smooth_alpha) / static_cast<T>(view.n - 1) : T(0);
  const T peak = T(1) - static_cast<T>(p.smooth_alpha);
  forEachSoftmaxRow(view, [&](int64_t first, int64_t row) {
    const T* from = y + first;
    T* to = dx + first;
    const bool ignored = p.use_ignore && label[row] == static_cast<T>(p.ignore_label);
    const int64_t truth = classOf(label[row], view.n);
    for (int64_t i = 0; i < view.n; ++i) {
      const int64_t at = i * view.inner;
      const T target = i == truth ? peak : truth < 0 ? T(0) : smooth;
      to[at] = ignored ? T(0) : scale * (from[at] - target);
    }
  });
}

// Y, label, (dY) -> dX
void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = paramsOf(context.attrs());
  const int64_t count = out[0].size();
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T* y = in[0].as<T>();
    const T* label = in[1].as<T>();
    T* dx = out[0].as<T>();
    if (in[1].shape == in[0].shape) {
      for (int64_t i = 0; i < count; ++i) dx[i] = static_cast<T>(p.grad_scale) * (y[i] - label[i]);
    } else {
      classGradient(p, rowsOf(p, in[0].shape), y, label, in[1].size(), dx);
    }
    if (!p.out_grad) return;
    const T* dy = in[2].as<T>();
    for (int64_t i = 0; i < count; ++i) dx[i] *= dy[i];
  });
}

void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  inferForward(attrs, in.first(2), out);
  if (in.size() > 2) unify(attrs, "the output's gradient", in[2], in[0]);
}

std::vector<Value> gradient(GradientBuilder& b) {
  std::vector<Value> inputs = {b.output(0), b.input(1)};
  if (paramsOf(b.attrs()).out_grad) inputs.push_back(b.outputGradient(0));
  return {b.applyAll("_backward_SoftmaxOutput", inputs, b.attrs().dict()).front(), {}};
}

int countBackwardInputs(const SoftmaxOutputParams& p) { return p.out_grad ? 3 : 2; }

const OpRegistration kSoftmaxOutput =
    OpBuilder("SoftmaxOutput")
        .doc(
            "Softmax of the data; its gradient is that of the cross-entropy with the labels, "
            "whatever arrives from above. "
            "Labels are class indices (data's shape without the class axis) or probabilities "
            "(data's shape).")
        .group("loss")
        .alias("Softmax")
        .params<SoftmaxOutputParams>()
        .input("data", "Scores of the classes.")
        .input("label", "The true classes.")
        .shape(inferForward)
        .type(sameFloatingType)
        .gradient(gradient)
        .inplace({{0, 0}})
        .lossLayer()
        .cpu(throughFloat<nullptr, runForward>({.adds = false}));

const OpRegistration kSoftmaxOutputGradient =
    OpBuilder("_backward_SoftmaxOutput")
        .doc("The gradient of SoftmaxOutput.")
        .params<SoftmaxOutputParams>()
        .input("output", "The probabilities.")
        .input("label", "The true classes.")
        .input("ograd", "With out_grad: the output's gradient.")
        .inputCount<SoftmaxOutputParams>(countBackwardInputs)
        .shape(inferBackward)
        .type(sameFloatingType)
        .inplace({{0, 0}})
        .hidden()
        .cpu(throughFloat<nullptr, runBackward>({.adds = false}));

}  // namespace
}  // namespace tenon
