// What a matrix product looks like, and those that its gradients are: shared by the kernels of all
// devices.
#pragma once

#include <cstdint>

namespace tenon {

/// C[b] = op(A[b])·op(B[b]), row-major and dense, for b in [0, batch). op(A) is m by k, op(B) is k
/// by n.
struct ProductShape {
  int64_t batch = 1;
  int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;

  bool empty() const noexcept { return batch == 0 || m == 0 || n == 0 || k == 0; }
};

/// op(A)·op(B) with op(A) m by k and op(B) k by n, and what its gradients are in the same terms:
/// with A as it lies, dA = dC·op(B)ᵀ or its transpose, dB = op(A)ᵀ·dC or its transpose.
struct ProductPlan {
  ProductShape forward;
  /// Operands of the gradients' products, in the order in which they are multiplied.
  ProductShape left() const {
    const ProductShape& f = forward;
    if (f.transpose_a) return {f.batch, f.k, f.m, f.n, f.transpose_b, true};
    return {f.batch, f.m, f.k, f.n, false, !f.transpose_b};
  }
  ProductShape right() const {
    const ProductShape& f = forward;
    if (f.transpose_b) return {f.batch, f.n, f.k, f.m, true, f.transpose_a};
    return {f.batch, f.k, f.n, f.m, !f.transpose_a, false};
  }
};

}  // namespace tenon
