// The three computations behind Convolution and Deconvolution, prepared once: forward, the gradient
// of the data, the gradient of the weight. float32 goes to oneDNN with channels last inside, which
// its matrix kernels take without padding channels; float64 is unfolded into matrix products.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "ops/linalg/product.h"
#include "ops/nn/conv_geometry.h"
#include "ops/onednn/primitive.h"

namespace tenon {

class ConvTask {
 public:
  /// With the operands that `run` takes, outputs last:
  enum class Kind {
    kForward,         ///< src, weight, (bias), dst
    kDataGradient,    ///< dst's gradient, weight, src's gradient
    kWeightGradient,  ///< dst's gradient, src, weight's gradient, (bias's gradient)
  };

  ConvTask() = default;
  /// `layouts_free`: src, dst and the weight that is read come and go as `layoutOf` says; otherwise
  /// row-major.
  ConvTask(Kind kind, DType dtype, const ConvGeometry& geometry, bool bias, bool layouts_free);

  size_t workspaceBytes() const noexcept { return workspace_bytes_; }
  void run(std::span<void* const> operands, void* workspace) const;
  /// Null: row-major.
  LayoutPtr layoutOf(size_t operand) const;

 private:
  void prepareFloat(bool layouts_free);
  void prepareDouble();
  void runDouble(std::span<void* const> operands, double* workspace) const;
  void clear(std::span<void* const> operands) const;

  Kind kind_ = Kind::kForward;
  DType dtype_ = DType::kFloat32;
  ConvGeometry geometry_;
  bool bias_ = false;
  onednn::StagedPrimitive primitive_;
  std::vector<onednn::Desc> outside_;
  size_t workspace_bytes_ = 0;
};

}  // namespace tenon
