// Activation: relu(x) = max(x, 0), sigmoid(x) = 1/(1 + e^-x), tanh(x), softrelu(x) = ln(1 + e^x),
// softsign(x) = x/(1 + |x|).
//
// Gradients, from the output y where that is enough: relu [y > 0], sigmoid y·(1 − y), tanh 1 − y²;
// from the input x: softrelu 1/(1 + e^-x), softsign 1/(1 + |x|)².
#include <cmath>

#include "base/parallel.h"
#include "ops/linalg/through_float.h"
#include "ops/nn/activation_params.h"
#include "ops/nn/real.h"
#include "ops/onednn/primitive.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

ActivationType typeOf(const OpAttrs& attrs) { return attrs.params<ActivationParams>().act_type; }

/// Whether the gradient is computed from the input rather than the output.
bool needsInput(ActivationType type) {
  return type == ActivationType::kSoftRelu || type == ActivationType::kSoftSign;
}

// --- plain loops, for float64 and for what is only a comparison or a division

template <ActivationType type, class T>
T forwardOf(T x) {
  switch (type) {
    case ActivationType::kRelu:
      return x > T(0) || x != x ? x : T(0);  // NaN stays
    case ActivationType::kSigmoid:
      return T(1) / (T(1) + std::exp(-x));
    case ActivationType::kTanh:
      return std::tanh(x);
    case ActivationType::kSoftRelu:
      return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
    case ActivationType::kSoftSign:
      return x / (T(1) + std::abs(x));
  }
  return x;
}

/// `v` is the output, or the input where needsInput says so.
template <ActivationType type, class T>
T slopeOf(T v) {
  switch (type) {
    case ActivationType::kRelu:
      return v > T(0) ? T(1) : T(0);
    case ActivationType::kSigmoid:
      return v * (T(1) - v);
    case ActivationType::kTanh:
      return T(1) - v * v;
    case ActivationType::kSoftRelu:
      return T(1) / (T(1) + std::exp(-v));
    case ActivationType::kSoftSign:
      return T(1) / ((T(1) + std::abs(v)) * (T(1) + std::abs(v)));
  }
  return v;
}

template <class F>
void dispatchType(ActivationType type, F&& f) {
  switch (type) {
    case ActivationType::kRelu:
      return f.template operator()<ActivationType::kRelu>();
    case ActivationType::kSigmoid:
      return f.template operator()<ActivationType::kSigmoid>();
    case ActivationType::kTanh:
      return f.template operator()<ActivationType::kTanh>();
    case ActivationType::kSoftRelu:
      return f.template operator()<ActivationType::kSoftRelu>();
    case ActivationType::kSoftSign:
      return f.template operator()<ActivationType::kSoftSign>();
  }
}

template <ActivationType type, class T>
void forwardLoop(const T* x, T* y, int64_t count) {
  parallelFor(count, kElementFloor, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) y[i] = forwardOf<type>(x[i]);
  });
}

template <ActivationType type, class T>
void backwardLoop(const T* dy, const T* v, T* dx, int64_t count) {
  parallelFor(count, kElementFloor, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) dx[i] = dy[i] * slopeOf<type>(v[i]);
  });
}

// --- kernels: oneDNN where the function takes more than a few instructions, in whatever layout the
// data comes

struct PreparedActivation final : Prepared {
  onednn::Primitive primitive;
  int64_t count = 0;  ///< elements, padding of the layout included
};

/// As a row of all elements; a layout's padding counts, where it holds zeros nobody looks at them.
int64_t elementsOf(const TensorSpec& spec) {
  return spec.layout ? static_cast<int64_t>(spec.layout->bytes() / sizeOf(spec.dtype))
                     : spec.shape.size();
}

bool usesOneDnn(ActivationType type, DType dtype, int64_t count) {
  const bool simple = type == ActivationType::kRelu || type == ActivationType::kSoftSign;
  return dtype == DType::kFloat32 && !simple && count > 0;
}

dnnl::algorithm algorithmOf(ActivationType type, bool backward) {
  switch (type) {
    case ActivationType::kSigmoid:
      return backward ? dnnl::algorithm::eltwise_logistic_use_dst_for_bwd
                      : dnnl::algorithm::eltwise_logistic;
    case ActivationType::kTanh:
      return backward ? dnnl::algorithm::eltwise_tanh_use_dst_for_bwd
                      : dnnl::algorithm::eltwise_tanh;
    default:
      return dnnl::algorithm::eltwise_soft_relu;
  }
}

onednn::Primitive forwardPrimitive(ActivationType type, int64_t count) {
  return onednn::preparing("preparing an activation", [&] {
    const onednn::Desc row = onednn::rowMajor({count}, DType::kFloat32);
    const bool soft_relu = type == ActivationType::kSoftRelu;
    const dnnl::eltwise_forward::primitive_desc desc(
        onednn::engine(), dnnl::prop_kind::forward_training, algorithmOf(type, false), row, row,
        soft_relu ? 1.0F : 0.0F, 0.0F, onednn::userScratchpad());
    return onednn::Primitive(dnnl::eltwise_forward(desc), desc.scratchpad_desc(),
                             {{DNNL_ARG_SRC, row}, {DNNL_ARG_DST, row}});
  });
}

onednn::Primitive backwardPrimitive(ActivationType type, int64_t count) {
  return onednn::preparing("preparing an activation's gradient", [&] {
    const onednn::Desc row = onednn::rowMajor({count}, DType::kFloat32);
    const float alpha = type == ActivationType::kSoftRelu ? 1.0F : 0.0F;
    const dnnl::primitive_attr attr = onednn::userScratchpad();
    const dnnl::eltwise_forward::primitive_desc forward(
        onednn::engine(), dnnl::prop_kind::forward_training, algorithmOf(type, true), row, row,
        alpha, 0.0F, attr);
    const dnnl::eltwise_backward::primitive_desc desc(onednn::engine(), algorithmOf(type, true),
                                                      row, row, row, alpha, 0.0F, forward, attr);
    return onednn::Primitive(dnnl::eltwise_backward(desc), desc.scratchpad_desc(),
                             {{DNNL_ARG_DIFF_DST, row},
                              {needsInput(type) ? DNNL_ARG_SRC : DNNL_ARG_DST, row},
                              {DNNL_ARG_DIFF_SRC, row}});
  });
}

PreparedPtr prepareForward(const PrepareContext& c) {
  auto prepared = std::make_shared<PreparedActivation>();
  prepared->count = elementsOf(c.inputs[0]);
  if (usesOneDnn(typeOf(c.attrs), c.inputs[0].dtype, prepared->count)) {
    prepared->primitive = forwardPrimitive(typeOf(c.attrs), prepared->count);
  }
  if (c.layouts_free) {
    prepared->input_layouts = {c.inputs[0].layout};
    prepared->output_layouts = {c.inputs[0].layout};
  }
  return prepared;
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& prepared = *static_cast<const PreparedActivation*>(context.prepared());
  if (requests[0] == Request::kNull || prepared.count == 0) return;
  if (prepared.primitive) {
    void* scratch = context.workspace(prepared.primitive.scratchBytes());
    prepared.primitive.run(std::array{in[0].data, out[0].data}, scratch);
    return;
  }
  dispatchReal(in[0].dtype, [&]<class T>() {
    dispatchType(typeOf(context.attrs()), [&]<ActivationType type>() {
      forwardLoop<type>(in[0].as<T>(), out[0].as<T>(), prepared.count);
    });
  });
}

// dY, then Y or X -> dX. The gradient takes the layout of what the forward pass left.
PreparedPtr prepareBackward(const PrepareContext& c) {
  auto prepared = std::make_shared<PreparedActivation>();
  prepared->count = elementsOf(c.inputs[1]);
  if (usesOneDnn(typeOf(c.attrs), c.inputs[0].dtype, prepared->count)) {
    prepared->primitive = backwardPrimitive(typeOf(c.attrs), prepared->count);
  }
  if (c.layouts_free) {
    prepared->input_layouts = {c.inputs[1].layout, c.inputs[1].layout};
    prepared->output_layouts = {c.inputs[1].layout};
  }
  return prepared;
}

void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& prepared = *static_cast<const PreparedActivation*>(context.prepared());
  if (requests[0] == Request::kNull || prepared.count == 0) return;
  if (prepared.primitive) {
    void* scratch = context.workspace(prepared.primitive.scratchBytes());
    prepared.primitive.run(std::array{in[0].data, in[1].data, out[0].data}, scratch);
    return;
  }
  dispatchReal(in[0].dtype, [&]<class T>() {
    dispatchType(typeOf(context.attrs()), [&]<ActivationType type>() {
      backwardLoop<type>(in[0].as<T>(), in[1].as<T>(), out[0].as<T>(), prepared.count);
    });
  });
}

std::vector<Value> gradient(GradientBuilder& b) {
  const Value seen = needsInput(typeOf(b.attrs())) ? b.input(0) : b.output(0);
  return {b.apply("_backward_Activation", {b.outputGradient(0), seen}, b.attrs().dict())};
}

const OpRegistration kActivation =
    OpBuilder("Activation")
        .doc(
            "Applies a function to each element: relu max(x, 0), sigmoid 1/(1 + exp(-x)), tanh, "
            "softrelu ln(1 + exp(x)), "
            "softsign x/(1 + |x|).")
        .group("nn")
        .params<ActivationParams>()
        .input("data", "The input.")
        .shape(sameAsFirst)
        .type(sameFloatingType)
        .gradient(gradient)
        .inplace({{0, 0}})
        .inlineBelow(1024)
        .cpu(throughFloat<prepareForward, runForward>({.adds = false, .picks_layouts = true}));

const OpRegistration kActivationGradient =
    OpBuilder("_backward_Activation")
        .doc("The gradient of Activation, from its output, or its input where that is needed.")
        .params<ActivationParams>()
        .input("ograd", "The output's gradient.")
        .input("value", "The output; the input for softrelu and softsign.")
        .shape(allSame)
        .type(sameFloatingType)
        .inplace({{0, 0}})
        .hidden()
        .inlineBelow(1024)
        .cpu(throughFloat<prepareBackward, runBackward>({.adds = false, .picks_layouts = true}));

}  // namespace
}  // namespace tenon
