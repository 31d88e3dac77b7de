// _linalg_gemm2: alpha·op(A)·op(B) of matrices or stacks of matrices. Its gradients are products of
// the same kind.
#include "base/parallel.h"
#include "ops/linalg/params.h"
#include "ops/linalg/product.h"
#include "ops/linalg/through_float.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

void inferShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<Gemm2Params>();
  const Shape &a = in[0], &b = in[1];
  if (!a.rankKnown() || !b.rankKnown()) return;
  TENON_CHECK(a.rank() >= 2 && a.rank() == b.rank(), kInvalidArgument, attrs.op().name,
              ": A has shape ", a, " and B has shape ", b,
              ", expected as many axes each, at least two");
  const int last = a.rank() - 1;
  Shape result = a;
  bool fits = true;
  const auto agree = [&](int64_t x, int64_t y) { fits = fits && (x == y || x < 0 || y < 0); };
  agree(a[p.transpose_a ? last - 1 : last], b[p.transpose_b ? last : last - 1]);
  for (int i = 0; i < last - 1; ++i) {
    agree(a[i], b[i]);
    result[i] = std::max(a[i], b[i]);
  }
  TENON_CHECK(fits, kInvalidArgument, attrs.op().name, ": A has shape ", a,
              p.transpose_a ? " transposed" : "", " and B has shape ", b,
              p.transpose_b ? " transposed" : "", ", which do not multiply");
  result[last - 1] = a[p.transpose_a ? last : last - 1];
  result[last] = b[p.transpose_b ? last - 1 : last];
  unify(attrs, "output", out[0], result);
}

struct PreparedGemm final : Prepared {
  Product product;
};

PreparedPtr prepare(const PrepareContext& c) {
  const auto& p = c.attrs.params<Gemm2Params>();
  auto prepared = std::make_shared<PreparedGemm>();
  prepared->product =
      Product(c.inputs[0].dtype, planStacks(p, c.inputs[0].shape, c.inputs[1].shape).forward);
  return prepared;
}

void run(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
         std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const Product& product = static_cast<const PreparedGemm*>(context.prepared())->product;
  product.run(in[0].data, in[1].data, out[0].data, nullptr,
              context.workspace(product.workspaceBytes()));
  const double alpha = context.attrs().params<Gemm2Params>().alpha;
  if (alpha == 1) return;
  dispatchReal(out[0].dtype, [&]<class T>() {
    parallelFor(out[0].size(), kElementFloor,
                [to = out[0].as<T>(), scale = static_cast<T>(alpha)](int64_t i, int64_t end) {
                  for (; i < end; ++i) to[i] *= scale;
                });
  });
}

std::vector<Value> gradient(GradientBuilder& b) {
  const auto& p = b.attrs().params<Gemm2Params>();
  const auto product = [&](Value left, Value right, bool transpose_left, bool transpose_right) {
    AttrMap attrs = b.attrs().dict();
    attrs["transpose_a"] = transpose_left ? "True" : "False";
    attrs["transpose_b"] = transpose_right ? "True" : "False";
    return b.apply("_linalg_gemm2", {left, right}, attrs);
  };
  const Value dc = b.outputGradient(0), a = b.input(0), right = b.input(1);
  std::vector<Value> result(2);
  if (b.needs(0)) {
    result[0] = p.transpose_a ? product(right, dc, p.transpose_b, true)
                              : product(dc, right, false, !p.transpose_b);
  }
  if (b.needs(1)) {
    result[1] =
        p.transpose_b ? product(dc, a, true, p.transpose_a) : product(a, dc, !p.transpose_a, false);
  }
  return result;
}

const OpRegistration kGemm2 =
    OpBuilder("_linalg_gemm2")
        .doc(
            "alpha·op(A)·op(B), where op is the identity or the transpose, for matrices or "
            "stacks of as many matrices.")
        .group("linalg")
        .alias("linalg_gemm2")
        .params<Gemm2Params>()
        .input("A", "The left matrices.")
        .input("B", "The right matrices.")
        .shape(inferShape)
        .type(sameFloatingType)
        .gradient(gradient)
        .cpu(throughFloat<prepare, run>({.adds = false}));

}  // namespace
}  // namespace tenon
