// Matrix products, prepared once: float32 through oneDNN, float64 through OpenBLAS. What dot,
// batch_dot, FullyConnected and their gradients are made of.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"
#include "ops/linalg/product_shape.h"
#include "ops/onednn/primitive.h"

namespace tenon {

/// Immutable. With `bias`, a row of n values is added to each row of C.
class Product {
 public:
  Product() = default;
  /// `dtype` is kFloat32 or kFloat64.
  Product(DType dtype, const ProductShape& shape, bool bias = false);

  size_t workspaceBytes() const noexcept { return primitive_.scratchBytes(); }
  /// True if `run` takes a hundred microseconds at most.
  bool cheap() const noexcept;
  /// `workspace` has workspaceBytes() bytes, aligned to 64. `bias` is null unless asked for.
  void run(const void* a, const void* b, void* c, const void* bias, void* workspace) const;

 private:
  void runDouble(const double* a, const double* b, double* c, const double* bias) const;

  DType dtype_ = DType::kFloat32;
  ProductShape shape_;
  bool bias_ = false;
  onednn::Primitive primitive_;
};

}  // namespace tenon
