// The three computations behind Convolution and Deconvolution, prepared once: forward, the gradient
// of the data, the gradient of the weight. float32 goes to oneDNN with channels last inside, which
// its matrix kernels take without padding channels; float64 is unfolded into matrix products.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "ops/linalg/product.h"
#include "ops/onednn/primitive.h"

namespace tenon {

/// A convolution from `in` to `out`, with one to three spatial axes.
struct ConvGeometry {
  int spatial = 2;
  int64_t batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  /// Per spatial axis; those beyond `spatial` have one element.
  std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1},
      dilate{1, 1, 1}, pad{0, 0, 0};
  /// Arrays have channels as their last axis (and weights their input channels).
  bool channels_last = false;

  int64_t inSize() const { return in[0] * in[1] * in[2]; }
  int64_t outSize() const { return out[0] * out[1] * out[2]; }
  int64_t kernelSize() const { return kernel[0] * kernel[1] * kernel[2]; }
  bool empty() const {
    return batch * in_channels * out_channels * inSize() * outSize() * kernelSize() == 0;
  }
};

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
