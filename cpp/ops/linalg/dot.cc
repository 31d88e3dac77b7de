// dot: the product over the last axis of the left and the first axis of the right operand, and
// batch_dot: products of the matrices in stacks.
//
// For dot, operands count as matrices: (…, k)·(k, …); transpose_a takes the first axis of the left,
// transpose_b the last of the right, as the one summed over. Operands of one axis are not
// transposed. Two vectors give an array of one element.
#include "ops/linalg/params.h"
#include "ops/linalg/product.h"
#include "ops/linalg/through_float.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

struct PreparedProducts final : Prepared {
  std::array<Product, 2> products;
};

using PlanOf = ProductPlan (*)(const DotParams& p, const Shape& a, const Shape& b);

template <PlanOf planOf>
PreparedPtr prepareForward(const PrepareContext& c) {
  auto prepared = std::make_shared<PreparedProducts>();
  const ProductPlan plan =
      planOf(c.attrs.params<DotParams>(), c.inputs[0].shape, c.inputs[1].shape);
  prepared->products[0] = Product(c.inputs[0].dtype, plan.forward);
  prepared->cheap = prepared->products[0].cheap();
  return prepared;
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const Product& product = static_cast<const PreparedProducts*>(context.prepared())->products[0];
  product.run(in[0].data, in[1].data, out[0].data, nullptr,
              context.workspace(product.workspaceBytes()));
}

// dC, A, B -> dA, dB
template <PlanOf planOf>
PreparedPtr prepareBackward(const PrepareContext& c) {
  auto prepared = std::make_shared<PreparedProducts>();
  const ProductPlan plan =
      planOf(c.attrs.params<DotParams>(), c.inputs[1].shape, c.inputs[2].shape);
  prepared->products[0] = Product(c.inputs[0].dtype, plan.left());
  prepared->products[1] = Product(c.inputs[0].dtype, plan.right());
  prepared->cheap = prepared->products[0].cheap();
  return prepared;
}

void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<DotParams>();
  const auto& products = static_cast<const PreparedProducts*>(context.prepared())->products;
  void* workspace =
      context.workspace(std::max(products[0].workspaceBytes(), products[1].workspaceBytes()));
  // A vector on the left is a row and on the right a column, which no transposition changes.
  const bool transpose_a = p.transpose_a && in[1].shape.rank() > 1;
  const bool transpose_b = p.transpose_b && in[2].shape.rank() > 1;
  if (requests[0] != Request::kNull) {
    const TensorView& first = transpose_a ? in[2] : in[0];
    const TensorView& second = transpose_a ? in[0] : in[2];
    products[0].run(first.data, second.data, out[0].data, nullptr, workspace);
  }
  if (requests[1] != Request::kNull) {
    const TensorView& first = transpose_b ? in[0] : in[1];
    const TensorView& second = transpose_b ? in[1] : in[0];
    products[1].run(first.data, second.data, out[1].data, nullptr, workspace);
  }
}

template <class T>
void inferGradients(std::span<T> in, std::span<T> out, const OpAttrs& attrs) {
  unify(attrs, "lhs's gradient", out[0], in[1]);
  unify(attrs, "rhs's gradient", out[1], in[2]);
}

std::vector<Value> gradientBy(GradientBuilder& b, std::string_view op) {
  const std::vector<Value> inputs = {b.outputGradient(0), b.input(0), b.input(1)};
  std::vector<Value> both = b.applyAll(op, inputs, b.attrs().dict());
  for (int i = 0; i < 2; ++i) {
    if (!b.needs(i)) both[static_cast<size_t>(i)] = {};
  }
  return both;
}

// --- dot

void inferDot(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Shape& a = in[0];
  const Shape& b = in[1];
  if (!a.rankKnown() || !b.rankKnown()) return;
  TENON_CHECK(a.rank() > 0 && b.rank() > 0, kInvalidArgument, attrs.op().name, ": lhs has shape ",
              a, " and rhs has shape ", b, ", expected at least one axis each");
  const auto& p = attrs.params<DotParams>();
  const bool transpose_a = p.transpose_a && a.rank() > 1;
  const bool transpose_b = p.transpose_b && b.rank() > 1;
  const int64_t left = transpose_a ? a[0] : a[a.rank() - 1];
  const int64_t right = transpose_b ? b[b.rank() - 1] : b[0];
  TENON_CHECK(left == right || left < 0 || right < 0, kInvalidArgument, attrs.op().name,
              ": lhs has shape ", a, transpose_a ? " transposed" : "", " and rhs has shape ", b,
              transpose_b ? " transposed" : "", ": the axes to sum over have ", left, " and ",
              right, " elements");
  Shape result = Shape::scalar();
  for (int i = transpose_a ? 1 : 0; i < a.rank() - (transpose_a ? 0 : 1); ++i) result.append(a[i]);
  for (int i = transpose_b ? 0 : 1; i < b.rank() - (transpose_b ? 1 : 0); ++i) result.append(b[i]);
  if (result.rank() == 0) result.append(1);
  unify(attrs, "output", out[0], result);
}

void inferDotGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  inferDot(attrs, in.subspan(1), in.first(1));
  inferGradients(in, out, attrs);
}

const OpRegistration kDot =
    OpBuilder("dot")
        .doc(
            "The product of two arrays over the last axis of the first and the first axis of the "
            "second: of matrices, of "
            "a matrix and a vector, of two vectors (an array of one element), and of arrays of "
            "more axes.")
        .group("linalg")
        .params<DotParams>()
        .input("lhs", "The left operand.")
        .input("rhs", "The right operand.")
        .shape(inferDot)
        .type(sameFloatingType)
        .gradient([](GradientBuilder& b) { return gradientBy(b, "_backward_dot"); })
        .cpu(throughFloat<prepareForward<planDot>, runForward>({.adds = false}));

const OpRegistration kDotGradient =
    OpBuilder("_backward_dot")
        .doc("The gradients of dot.")
        .params<DotParams>()
        .input("ograd", "The output's gradient.")
        .input("lhs", "The left operand.")
        .input("rhs", "The right operand.")
        .output("lhs_grad", "The left operand's gradient.")
        .output("rhs_grad", "The right operand's gradient.")
        .shape(inferDotGradient)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareBackward<planDot>, runBackward>({.adds = false}));

// --- batch_dot

void inferBatchDot(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Shape& a = in[0];
  const Shape& b = in[1];
  if (!a.rankKnown() || !b.rankKnown()) return;
  const auto& p = attrs.params<DotParams>();
  TENON_CHECK(a.rank() >= 3 && a.rank() == b.rank(), kInvalidArgument, attrs.op().name,
              ": lhs has shape ", a, " and rhs has shape ", b,
              ", expected as many axes each, at least three");
  const int last = a.rank() - 1;
  const int64_t left = a[p.transpose_a ? last - 1 : last];
  const int64_t right = b[p.transpose_b ? last : last - 1];
  bool fits = left == right || left < 0 || right < 0;
  Shape result = a;
  for (int i = 0; i < last - 1; ++i) {
    fits = fits && (a[i] == b[i] || a[i] < 0 || b[i] < 0);
    result[i] = std::max(a[i], b[i]);
  }
  TENON_CHECK(fits, kInvalidArgument, attrs.op().name, ": lhs has shape ", a,
              p.transpose_a ? " transposed" : "", " and rhs has shape ", b,
              p.transpose_b ? " transposed" : "",
              ", which are not stacks of as many matrices to multiply");
  result[last - 1] = a[p.transpose_a ? last : last - 1];
  result[last] = b[p.transpose_b ? last - 1 : last];
  unify(attrs, "output", out[0], result);
}

void inferBatchDotGradient(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  inferBatchDot(attrs, in.subspan(1), in.first(1));
  inferGradients(in, out, attrs);
}

const OpRegistration kBatchDot =
    OpBuilder("batch_dot")
        .doc("The products of the matrices of two stacks: (…, m, k)·(…, k, n) is (…, m, n).")
        .group("linalg")
        .params<DotParams>()
        .input("lhs", "The left stack.")
        .input("rhs", "The right stack.")
        .shape(inferBatchDot)
        .type(sameFloatingType)
        .gradient([](GradientBuilder& b) { return gradientBy(b, "_backward_batch_dot"); })
        .cpu(throughFloat<prepareForward<planStacks<DotParams>>, runForward>({.adds = false}));

const OpRegistration kBatchDotGradient =
    OpBuilder("_backward_batch_dot")
        .doc("The gradients of batch_dot.")
        .params<DotParams>()
        .input("ograd", "The output's gradient.")
        .input("lhs", "The left stack.")
        .input("rhs", "The right stack.")
        .output("lhs_grad", "The left stack's gradient.")
        .output("rhs_grad", "The right stack's gradient.")
        .shape(inferBatchDotGradient)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<prepareBackward<planStacks<DotParams>>, runBackward>({.adds = false}));

}  // namespace
}  // namespace tenon
