// The three computations behind Convolution and Deconvolution, through cuDNN, prepared once. The
// counterpart of cpp/ops/nn/conv_task.h.
//
// By way of cuDNN's older functions, which cuDNN 9 still has: one call each, for all dtypes, groups
// and one to three axes, with a list of algorithms that says of each what memory it takes and
// whether it is deterministic. Graphs of operations give more speed, and need a device to be
// written: which of their engines take a graph is known there only.
#pragma once

#include <array>
#include <memory>

#include "libs/cudnn.h"
#include "ops/nn/channel_view.h"
#include "ops/nn/conv_geometry.h"
#include "runtime/kernel.h"

namespace tenon::cuda {

class ConvPlan {
 public:
  /// Which operand `run` writes: dst, src's gradient, the weight's gradient.
  enum class Kind { kForward, kDataGradient, kWeightGradient };

  ConvPlan(int device, Kind kind, DType dtype, const ConvGeometry& geometry);

  /// Scratch memory of a run with these operands.
  size_t workspaceBytes(const void* src, const void* weight, const void* dst) const;
  /// `workspace` has workspaceBytes(src, weight, dst) bytes.
  void run(const Context& context, void* src, void* weight, void* dst, Request request,
           void* workspace) const;

 private:
  enum Operand : size_t { kSrc, kWeight, kDst };

  /// An algorithm, with the description of the convolution in the mathematics that it was chosen
  /// for.
  struct Choice {
    ConvolutionDescriptor convolution;
    int algorithm = 0;
    size_t workspace_bytes = 0;
    bool found = false;
  };
  /// An operand as (outer, rows, columns): with channels last, (samples, positions, channels).
  struct Matrix {
    int64_t outer, rows, columns;
    size_t bytes;
  };

  Operand written() const;
  void describe();
  void describe(Choice& choice) const;
  void choose(int device);
  template <class Perf, class Get, class Size>
  void choose(Get&& get, Size&& size);
  template <class Perf>
  static bool fits(const Perf& perf, bool deterministic);
  Matrix matrixOf(Operand operand) const;
  bool isMoved(const void* data) const;
  cudnnStatus_t call(const Context& context, const Choice& choice,
                     const std::array<void*, 3>& operands, bool adds, void* workspace) const;

  Kind kind_;
  DType dtype_;
  ConvGeometry geometry_;
  TensorDescriptor src_, dst_;
  FilterDescriptor weight_;
  Choice fastest_, deterministic_;
  Choice other_;  // deterministic, for where those two turn out not to be for this convolution
  size_t scratch_bytes_ = 0;  // of the algorithm
};

/// The channels of src and dst.
ChannelView srcChannels(const ConvGeometry& geometry);
ChannelView dstChannels(const ConvGeometry& geometry);

}  // namespace tenon::cuda
