// FullyConnected: Y = X·Wᵀ + b, where X has one row per sample (or per leading position, unless
// `flatten`).
//
// Gradients: dX = dY·W, dW = dYᵀ·X, db = the sum of dY's rows.
#include "base/parallel.h"
#include "ops/linalg/product.h"
#include "ops/linalg/through_float.h"
#include "ops/nn/fully_connected_params.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const FullyConnectedParams& paramsOf(const OpAttrs& attrs) {
  return attrs.params<FullyConnectedParams>();
}

// --- shapes

Shape weightShape(const FullyConnectedParams& p, const Shape& data) {
  Shape weight{p.num_hidden, Shape::kUnknownDim};
  if (!data.rankKnown() || data.rank() == 0) return weight;
  if (!p.flatten) {
    weight[1] = data[data.rank() - 1];
  } else if (data.rank() > 0) {
    int64_t features = 1;
    for (int axis = 1; axis < data.rank(); ++axis) {
      if (data[axis] < 0) return weight;
      features *= data[axis];
    }
    weight[1] = features;
  }
  return weight;
}

Shape outputShape(const FullyConnectedParams& p, const Shape& data) {
  if (!data.rankKnown()) return p.flatten ? Shape{Shape::kUnknownDim, p.num_hidden} : Shape();
  if (p.flatten) return {data[0], p.num_hidden};
  Shape out = data;
  out[data.rank() - 1] = p.num_hidden;
  return out;
}

void checkData(const OpAttrs& attrs, const Shape& data) {
  TENON_CHECK(!data.rankKnown() || data.rank() > 0, kInvalidArgument, attrs.op().name,
              ": data is a scalar, expected at least one axis");
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = paramsOf(attrs);
  checkData(attrs, in[0]);
  unify(attrs, "weight", in[1], weightShape(p, in[0]));
  if (!p.no_bias) unify(attrs, "bias", in[2], Shape{p.num_hidden});
  if (out[0].rank() > 0 && !p.flatten) {
    // What the output says of the leading axes.
    Shape data = out[0];
    data[data.rank() - 1] = in[1][1];
    unify(attrs, "data", in[0], data);
  } else if (out[0].rank() > 0 && in[0].rankKnown()) {
    Shape data = Shape::ofRank(in[0].rank());
    data[0] = out[0][0];
    if (data.rank() == 2) data[1] = in[1][1];
    unify(attrs, "data", in[0], data);
  }
  unify(attrs, "output", out[0], outputShape(p, in[0]));
}

// dY, weight, data -> dX
void inferDataGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = paramsOf(attrs);
  checkData(attrs, in[2]);
  unify(attrs, "the output's gradient", in[0], outputShape(p, in[2]));
  unify(attrs, "weight", in[1], weightShape(p, in[2]));
  unify(attrs, "the data's gradient", out[0], in[2]);
}

// dY, data -> dW, db
void inferWeightGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = paramsOf(attrs);
  checkData(attrs, in[1]);
  unify(attrs, "the output's gradient", in[0], outputShape(p, in[1]));
  unify(attrs, "the weight's gradient", out[0], weightShape(p, in[1]));
  if (!p.no_bias) unify(attrs, "the bias's gradient", out[1], Shape{p.num_hidden});
}

// --- kernels

struct PreparedProduct final : Prepared {
  Product product;
};

PreparedPtr prepareWith(DType dtype, const ProductShape& shape, bool bias) {
  auto prepared = std::make_shared<PreparedProduct>();
  prepared->product = Product(dtype, shape, bias);
  prepared->cheap = prepared->product.cheap();
  return prepared;
}

const Product& productOf(const KernelContext& context) {
  return static_cast<const PreparedProduct*>(context.prepared())->product;
}

PreparedPtr prepareForward(const PrepareContext& c) {
  const auto& p = paramsOf(c.attrs);
  return prepareWith(c.inputs[0].dtype, p.forward(c.inputs[0].shape), !p.no_bias);
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const Product& product = productOf(context);
  product.run(in[0].data, in[1].data, out[0].data, in.size() > 2 ? in[2].data : nullptr,
              context.workspace(product.workspaceBytes()));
}

PreparedPtr prepareDataGradient(const PrepareContext& c) {
  return prepareWith(c.inputs[0].dtype, paramsOf(c.attrs).dataGradient(c.inputs[2].shape), false);
}

void runDataGradient(KernelContext& context, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const Product& product = productOf(context);
  product.run(in[0].data, in[1].data, out[0].data, nullptr,
              context.workspace(product.workspaceBytes()));
}

PreparedPtr prepareWeightGradient(const PrepareContext& c) {
  return prepareWith(c.inputs[0].dtype, paramsOf(c.attrs).weightGradient(c.inputs[1].shape), false);
}

/// to[j] = sum over rows of from[row][j].
template <class T>
void sumRows(const T* from, T* to, int64_t rows, int64_t columns) {
  constexpr int64_t kColumnFloor = 64;
  const int64_t floor = std::max(kColumnFloor, kElementFloor / std::max<int64_t>(rows, 1));
  parallelFor(columns, floor, [=](int64_t begin, int64_t end) {
    std::fill(to + begin, to + end, T(0));
    for (int64_t row = 0; row < rows; ++row) {
      const T* values = from + row * columns;
      for (int64_t j = begin; j < end; ++j) to[j] += values[j];
    }
  });
}

void runWeightGradient(KernelContext& context, std::span<const TensorView> in,
                       std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = paramsOf(context.attrs());
  if (requests[0] != Request::kNull) {
    const Product& product = productOf(context);
    product.run(in[0].data, in[1].data, out[0].data, nullptr,
                context.workspace(product.workspaceBytes()));
  }
  if (p.no_bias || requests[1] == Request::kNull) return;
  dispatchReal(in[0].dtype, [&]<class T>() {
    sumRows(in[0].as<T>(), out[1].as<T>(), in[0].size() / p.num_hidden, p.num_hidden);
  });
}

// --- gradient and registration

std::vector<Value> gradient(GradientBuilder& b) {
  const bool bias = !paramsOf(b.attrs()).no_bias;
  const AttrMap& attrs = b.attrs().dict();
  std::vector<Value> result(bias ? 3 : 2);
  const Value dy = b.outputGradient(0);
  if (b.needs(0))
    result[0] = b.apply("_backward_FullyConnected_data", {dy, b.input(1), b.input(0)}, attrs);
  if (b.needs(1) || (bias && b.needs(2))) {
    const std::vector<Value> inputs = {dy, b.input(0)};
    const std::vector<Value> made = b.applyAll("_backward_FullyConnected_weight", inputs, attrs);
    std::copy(made.begin(), made.end(), result.begin() + 1);
  }
  return result;
}

int countInputs(const FullyConnectedParams& p) { return p.no_bias ? 2 : 3; }
int countGradients(const FullyConnectedParams& p) { return p.no_bias ? 1 : 2; }

const OpRegistration kFullyConnected =
    OpBuilder("FullyConnected")
        .doc(
            "A fully connected layer: Y = X·Wᵀ + b. With `flatten`, data of shape (n, …) counts as "
            "n rows and the output "
            "is (n, num_hidden); without, the last axis of the data is replaced by num_hidden. The "
            "weight is (num_hidden, "
            "features), the bias (num_hidden,).")
        .group("nn")
        .params<FullyConnectedParams>()
        .input("data", "The samples.")
        .input("weight", "One row of weights per output feature.")
        .input("bias", "Added to every row; absent with no_bias.")
        .inputCount<FullyConnectedParams>(countInputs)
        .shape(inferForward)
        .type(sameFloatingType)
        .gradient(gradient)
        .cpu(throughFloat<prepareForward, runForward>({.adds = false}));

const OpRegistration kDataGradient =
    OpBuilder("_backward_FullyConnected_data")
        .doc("The gradient of FullyConnected's data.")
        .params<FullyConnectedParams>()
        .input("ograd", "The output's gradient.")
        .input("weight", "The layer's weight.")
        .input("data", "The layer's data, for its shape.")
        .shape(inferDataGradient)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareDataGradient, runDataGradient>({.adds = false}));

const OpRegistration kWeightGradient =
    OpBuilder("_backward_FullyConnected_weight")
        .doc("The gradients of FullyConnected's weight and bias.")
        .params<FullyConnectedParams>()
        .input("ograd", "The output's gradient.")
        .input("data", "The layer's data.")
        .output("weight_grad", "The weight's gradient.")
        .output("bias_grad", "The bias's gradient; absent with no_bias.")
        .outputCount<FullyConnectedParams>(countGradients)
        .shape(inferWeightGradient)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareWeightGradient, runWeightGradient>({.adds = false}));

}  // namespace
}  // namespace tenon
