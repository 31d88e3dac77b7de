#include "ops/nn/conv_task.h"

#include <algorithm>

#include "base/parallel.h"
#include "ops/linalg/openblas.h"
#include "ops/nn/unfold.h"

namespace tenon {
namespace {

using onednn::Desc;
using onednn::Dims;
using Kind = ConvTask::Kind;

Dims spatialDims(const std::array<int64_t, 3>& extents, int spatial) {
  return {extents.begin(), extents.begin() + spatial};
}

Dims withSpatial(Dims leading, const std::array<int64_t, 3>& extents, int spatial) {
  leading.insert(leading.end(), extents.begin(), extents.begin() + spatial);
  return leading;
}

/// The descriptors and numbers that oneDNN takes, from a geometry.
struct Description {
  explicit Description(const ConvGeometry& g)
      : src(withSpatial({g.batch, g.in_channels}, g.in, g.spatial)),
        dst(withSpatial({g.batch, g.out_channels}, g.out, g.spatial)),
        weight(withSpatial({g.out_channels / g.groups, g.in_channels / g.groups}, g.kernel,
                           g.spatial)),
        stride(spatialDims(g.stride, g.spatial)),
        dilate(spatialDims(g.dilate, g.spatial)),
        pad(spatialDims(g.pad, g.spatial)),
        pad_after(g.spatial) {
    if (g.groups > 1) weight.insert(weight.begin(), g.groups);
    for (int i = 0; i < g.spatial; ++i) {
      const auto axis = static_cast<size_t>(i);
      // What the last window lacks; what it leaves over needs no saying.
      const int64_t lacks = (g.out[axis] - 1) * g.stride[axis] +
                            (g.kernel[axis] - 1) * g.dilate[axis] + 1 - g.in[axis] - g.pad[axis];
      pad_after[axis] = std::max<int64_t>(0, lacks);
      dilate[axis] -= 1;
    }
  }
  Dims src, dst, weight, stride, dilate, pad, pad_after;
};

/// The weight as callers have it: (out, in, …), or (out, …, in) with channels last; groups split
/// the first axis.
Desc weightOutside(const ConvGeometry& g, const Dims& dims) {
  if (!g.channels_last) return onednn::rowMajor(dims, DType::kFloat32);
  const int leading = g.groups > 1 ? 2 : 1;
  std::vector<int> order;
  for (int i = 0; i < static_cast<int>(dims.size()); ++i) {
    if (i != leading) order.push_back(i);
  }
  order.push_back(leading);
  return onednn::permuted(dims, order, DType::kFloat32);
}

struct MadePrimitive {
  dnnl::primitive primitive;
  Desc scratchpad, weight;
};

MadePrimitive makePrimitive(Kind kind, const Description& d, bool with_bias) {
  const Desc src = onednn::channelsLast(d.src, DType::kFloat32);
  const Desc dst = onednn::channelsLast(d.dst, DType::kFloat32);
  const Desc weight = onednn::anyFormat(d.weight, DType::kFloat32);
  const Desc bias = with_bias ? onednn::rowMajor({d.dst[1]}, DType::kFloat32) : Desc();
  const dnnl::primitive_attr attr = onednn::userScratchpad();
  const auto algorithm = dnnl::algorithm::convolution_direct;
  const dnnl::convolution_forward::primitive_desc forward(
      onednn::engine(), dnnl::prop_kind::forward_training, algorithm, src, weight, bias, dst,
      d.stride, d.dilate, d.pad, d.pad_after, attr);
  if (kind == Kind::kForward) {
    return {dnnl::convolution_forward(forward), forward.scratchpad_desc(), forward.weights_desc()};
  }
  if (kind == Kind::kDataGradient) {
    const dnnl::convolution_backward_data::primitive_desc desc(onednn::engine(), algorithm, src,
                                                               weight, dst, d.stride, d.dilate,
                                                               d.pad, d.pad_after, forward, attr);
    return {dnnl::convolution_backward_data(desc), desc.scratchpad_desc(), desc.weights_desc()};
  }
  const dnnl::convolution_backward_weights::primitive_desc desc(
      onednn::engine(), algorithm, src, weight, bias, dst, d.stride, d.dilate, d.pad, d.pad_after,
      forward, attr);
  return {dnnl::convolution_backward_weights(desc), desc.scratchpad_desc(),
          desc.diff_weights_desc()};
}

}  // namespace

ConvTask::ConvTask(Kind kind, DType dtype, const ConvGeometry& geometry, bool bias,
                   bool layouts_free)
    : kind_(kind), dtype_(dtype), geometry_(geometry), bias_(bias) {
  if (geometry.empty()) return;
  if (dtype == DType::kFloat32) {
    prepareFloat(layouts_free && !geometry.channels_last);
  } else {
    prepareDouble();
  }
}

void ConvTask::prepareFloat(bool layouts_free) {
  onednn::preparing("preparing a convolution", [&] {
    const Description d(geometry_);
    const MadePrimitive made = makePrimitive(kind_, d, bias_);
    const Desc src = onednn::channelsLast(d.src, DType::kFloat32);
    const Desc dst = onednn::channelsLast(d.dst, DType::kFloat32);
    const bool keep = layouts_free || geometry_.channels_last;
    const Desc src_outside = keep ? src : onednn::rowMajor(d.src, DType::kFloat32);
    const Desc dst_outside = keep ? dst : onednn::rowMajor(d.dst, DType::kFloat32);
    const Desc weight_outside = weightOutside(geometry_, d.weight);
    const Desc weight_read = layouts_free ? made.weight : weight_outside;
    const Desc bias = onednn::rowMajor({d.dst[1]}, DType::kFloat32);

    std::vector<onednn::StagedPrimitive::Operand> operands;
    switch (kind_) {
      case Kind::kForward:
        operands = {{DNNL_ARG_SRC, src_outside, src}, {DNNL_ARG_WEIGHTS, weight_read, made.weight}};
        if (bias_) operands.push_back({DNNL_ARG_BIAS, bias, bias});
        operands.push_back({DNNL_ARG_DST, dst_outside, dst, true});
        break;
      case Kind::kDataGradient:
        operands = {{DNNL_ARG_DIFF_DST, dst_outside, dst},
                    {DNNL_ARG_WEIGHTS, weight_read, made.weight},
                    {DNNL_ARG_DIFF_SRC, src_outside, src, true}};
        break;
      case Kind::kWeightGradient:
        operands = {{DNNL_ARG_DIFF_DST, dst_outside, dst},
                    {DNNL_ARG_SRC, src_outside, src},
                    {DNNL_ARG_DIFF_WEIGHTS, weight_outside, made.weight, true}};
        if (bias_) operands.push_back({DNNL_ARG_DIFF_BIAS, bias, bias, true});
        break;
    }
    primitive_ = onednn::StagedPrimitive(made.primitive, made.scratchpad, operands);
    workspace_bytes_ = primitive_.workspaceBytes();
    // With channels last the callers' row-major arrays are what oneDNN calls permuted.
    if (layouts_free) {
      for (const auto& operand : operands) outside_.push_back(operand.outside);
    }
  });
}

LayoutPtr ConvTask::layoutOf(size_t operand) const {
  return operand < outside_.size() ? onednn::layoutOf(outside_[operand]) : nullptr;
}

void ConvTask::run(std::span<void* const> operands, void* workspace) const {
  if (geometry_.empty()) {
    clear(operands);
  } else if (primitive_) {
    primitive_.run(operands, workspace);
  } else {
    runDouble(operands, static_cast<double*>(workspace));
  }
}

/// A convolution over nothing: the bias is all there is.
void ConvTask::clear(std::span<void* const> operands) const {
  const ConvGeometry& g = geometry_;
  const size_t width = sizeOf(dtype_);
  const auto zero = [&](void* to, int64_t count) {
    std::fill_n(static_cast<std::byte*>(to), static_cast<size_t>(count) * width, std::byte{0});
  };
  switch (kind_) {
    case Kind::kForward: {
      const int64_t count = g.batch * g.out_channels * g.outSize();
      zero(operands.back(), count);
      for (int64_t i = 0; bias_ && i < count; ++i) {
        const int64_t channel = (g.channels_last ? i : i / g.outSize()) % g.out_channels;
        std::copy_n(static_cast<std::byte*>(operands[2]) + static_cast<size_t>(channel) * width,
                    width, static_cast<std::byte*>(operands[3]) + static_cast<size_t>(i) * width);
      }
      break;
    }
    case Kind::kDataGradient:
      zero(operands[2], g.batch * g.in_channels * g.inSize());
      break;
    case Kind::kWeightGradient:
      zero(operands[2], g.out_channels * (g.in_channels / g.groups) * g.kernelSize());
      if (bias_) zero(operands[3], g.out_channels);
      break;
  }
}

// --- float64: unfolded windows times weights, one sample and one group at a time. Channels-last
// arrays are turned first.

void ConvTask::prepareDouble() {
  const ConvGeometry& g = geometry_;
  int64_t elements = g.in_channels / g.groups * g.kernelSize() * g.outSize();
  if (g.channels_last) {
    elements += g.batch * g.in_channels * g.inSize() + g.batch * g.out_channels * g.outSize() +
                g.out_channels * (g.in_channels / g.groups) * g.kernelSize();
  }
  workspace_bytes_ = static_cast<size_t>(elements) * sizeof(double);
}

void ConvTask::runDouble(std::span<void* const> operands, double* workspace) const {
  const ConvGeometry& g = geometry_;
  const int64_t group_in = g.in_channels / g.groups;
  const int64_t group_out = g.out_channels / g.groups;
  const int64_t taps = group_in * g.kernelSize();
  double* columns = workspace;
  double* next = workspace + taps * g.outSize();

  double* src = static_cast<double*>(operands[kind_ == Kind::kForward        ? 0
                                              : kind_ == Kind::kDataGradient ? 2
                                                                             : 1]);
  double* dst = static_cast<double*>(kind_ == Kind::kForward ? operands.back() : operands[0]);
  double* weight = static_cast<double*>(operands[kind_ == Kind::kWeightGradient ? 2 : 1]);
  double* const outside[] = {src, dst, weight};
  const int64_t src_size = g.batch * g.in_channels * g.inSize();
  const int64_t dst_size = g.batch * g.out_channels * g.outSize();
  if (g.channels_last) {
    src = next;
    dst = src + src_size;
    weight = dst + dst_size;
    if (kind_ != Kind::kDataGradient)
      channelsFirst(outside[0], src, g.batch, g.in_channels, g.inSize());
    if (kind_ != Kind::kForward)
      channelsFirst(outside[1], dst, g.batch, g.out_channels, g.outSize());
    if (kind_ != Kind::kWeightGradient)
      channelsFirst(outside[2], weight, g.out_channels, group_in, g.kernelSize());
  }

  if (kind_ == Kind::kDataGradient) std::fill_n(src, src_size, 0.0);
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t group = 0; group < g.groups; ++group) {
      double* image = src + (n * g.in_channels + group * group_in) * g.inSize();
      double* result = dst + (n * g.out_channels + group * group_out) * g.outSize();
      double* filters = weight + group * group_out * taps;
      switch (kind_) {
        case Kind::kForward:
          unfold(g, image, columns);
          gemm({.m = group_out,
                .n = g.outSize(),
                .k = taps,
                .lda = taps,
                .ldb = g.outSize(),
                .ldc = g.outSize()},
               1.0, filters, columns, 0.0, result);
          break;
        case Kind::kDataGradient:
          gemm({.transpose_a = true,
                .m = taps,
                .n = g.outSize(),
                .k = group_out,
                .lda = taps,
                .ldb = g.outSize(),
                .ldc = g.outSize()},
               1.0, filters, result, 0.0, columns);
          foldAdd(g, columns, image);
          break;
        case Kind::kWeightGradient:
          unfold(g, image, columns);
          gemm({.transpose_b = true,
                .m = group_out,
                .n = taps,
                .k = g.outSize(),
                .lda = g.outSize(),
                .ldb = g.outSize(),
                .ldc = taps},
               1.0, result, columns, n == 0 ? 0.0 : 1.0, filters);
          break;
      }
    }
  }

  if (kind_ == Kind::kForward && bias_) addPerChannel(static_cast<double*>(operands[2]), dst, g);
  if (kind_ == Kind::kWeightGradient && bias_)
    sumPerChannel(dst, static_cast<double*>(operands[3]), g);
  if (!g.channels_last) return;
  switch (kind_) {
    case Kind::kForward:
      channelsLastAgain(dst, outside[1], g.batch, g.out_channels, g.outSize());
      break;
    case Kind::kDataGradient:
      channelsLastAgain(src, outside[0], g.batch, g.in_channels, g.inSize());
      break;
    case Kind::kWeightGradient:
      channelsLastAgain(weight, outside[2], g.out_channels, group_in, g.kernelSize());
      break;
  }
}

}  // namespace tenon
