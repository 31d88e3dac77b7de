// Matrix products through cuBLASLt, prepared once. The counterpart of cpp/ops/linalg/product.h:
// float32 (in TF32 only where TENON_CUDA_TF32 says so) and float64 as they are, half types with
// sums in float32.
#pragma once

#include "libs/cublaslt.h"
#include "ops/linalg/product_shape.h"
#include "runtime/kernel.h"

namespace tenon::cuda {

/// Immutable. With `bias`, a row of n values is added to each row of C.
class Product {
 public:
  Product() = default;
  Product(int device, DType dtype, const ProductShape& shape, bool bias = false);

  size_t workspaceBytes() const noexcept { return workspace_bytes_; }
  /// C = alpha·op(A)·op(B), and the bias; added to what is there with kAdd. `bias` is null unless
  /// asked for. `workspace` has workspaceBytes() bytes.
  void run(const Context& context, const void* a, const void* b, void* c, const void* bias,
           Request request, void* workspace, double alpha = 1) const;

 private:
  /// What cuBLASLt picked for operands of an alignment.
  struct Choice {
    cublasLtMatmulAlgo_t algo;
    size_t workspace_bytes;
    bool found = false;
  };
  Choice choose(int device, uint32_t alignment) const;

  DType dtype_ = DType::kFloat32;
  ProductShape shape_;
  bool fuses_bias_ = false;
  // cuBLASLt's matrices have their columns in a row; ours are the transposes of those: Cᵀ = Bᵀ·Aᵀ.
  cublasLtMatmulDescOpaque_t desc_;
  cublasLtMatrixLayoutOpaque_t a_, b_, c_;
  Choice aligned_, unaligned_;
  size_t workspace_bytes_ = 0;
};

}  // namespace tenon::cuda
