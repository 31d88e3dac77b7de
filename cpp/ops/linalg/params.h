// Parameters of the matrix products, and the products that they stand for.
#pragma once

#include "base/params.h"
#include "ops/linalg/product_shape.h"

namespace tenon {

/// What `forward_stype` may be.
enum class DotStorage : int32_t { kDefault, kRowSparse, kCsr };

struct DotParams {
  bool transpose_a, transpose_b;
  Optional<DotStorage> forward_stype;
  static void describe(ParamSchema<DotParams>& s) {
    s.field("transpose_a", &DotParams::transpose_a, "Transpose the left operand.").defaultTo(false);
    s.field("transpose_b", &DotParams::transpose_b, "Transpose the right operand.")
        .defaultTo(false);
    s.field("forward_stype", &DotParams::forward_stype,
            "The storage wanted for the output; results are dense.")
        .options({{"csr", DotStorage::kCsr},
                  {"default", DotStorage::kDefault},
                  {"row_sparse", DotStorage::kRowSparse}});
  }
};

struct Gemm2Params {
  bool transpose_a, transpose_b;
  double alpha;
  int32_t axis;
  static void describe(ParamSchema<Gemm2Params>& s) {
    s.field("transpose_a", &Gemm2Params::transpose_a, "Transpose the left matrices.")
        .defaultTo(false);
    s.field("transpose_b", &Gemm2Params::transpose_b, "Transpose the right matrices.")
        .defaultTo(false);
    s.field("alpha", &Gemm2Params::alpha, "Multiplies the product.").defaultTo(1.0);
    s.field("axis", &Gemm2Params::axis, "The axis of the matrices' rows: the last but one.")
        .defaultTo(-2)
        .range(-2, -2);
  }
};

/// A vector on the left is a row and on the right a column, which no transposition changes.
inline ProductPlan planDot(const DotParams& p, const Shape& a, const Shape& b) {
  const bool transpose_a = p.transpose_a && a.rank() > 1;
  const bool transpose_b = p.transpose_b && b.rank() > 1;
  const int64_t k = transpose_a ? a[0] : a[a.rank() - 1];
  const int64_t m = transpose_a ? a.product(1, a.rank()) : a.product(0, a.rank() - 1);
  const int64_t n = transpose_b ? b.product(0, b.rank() - 1) : b.product(1, b.rank());
  return {{.m = m, .n = n, .k = k, .transpose_a = transpose_a, .transpose_b = transpose_b}};
}

/// Of stacks of matrices: P is DotParams or Gemm2Params.
template <class P>
ProductPlan planStacks(const P& p, const Shape& a, const Shape& b) {
  const int last = a.rank() - 1;
  return {{.batch = a.product(0, last - 1),
           .m = a[p.transpose_a ? last : last - 1],
           .n = b[p.transpose_b ? last - 1 : last],
           .k = a[p.transpose_a ? last - 1 : last],
           .transpose_a = p.transpose_a,
           .transpose_b = p.transpose_b}};
}

}  // namespace tenon
