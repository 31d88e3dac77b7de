// Parameters of Convolution and Deconvolution, and windows' arithmetic.
#pragma once

#include <array>
#include <string_view>

#include "base/params.h"
#include "ops/nn/conv_geometry.h"
#include "ops/nn/data_layout.h"
#include "ops/registry/op.h"

namespace tenon {

enum class CudnnTune : int32_t { kOff, kLimitedWorkspace, kFastest };

/// What both operators take, in MXNet's names.
struct ConvCommon {
  Shape kernel, stride, dilate, pad;
  int32_t num_filter;
  int32_t num_group;
  int64_t workspace;
  bool no_bias;
  Optional<CudnnTune> cudnn_tune;
  bool cudnn_off;
  Optional<DataLayout> layout;
};

/// A member of a base struct as one of P itself, which is what schemas take.
template <class P, class T>
constexpr T P::*ownMember(T ConvCommon::*member) {
  return member;
}

/// Declares the fields from `stride` on that both have; the kernel comes first.
template <class P>
void describeWindow(ParamSchema<P>& s) {
  const Shape unset = Shape::scalar();
  s.field("kernel", ownMember<P>(&P::kernel), "Extents of the window: (w,), (h, w) or (d, h, w).")
      .atLeast(1);
  s.field("stride", ownMember<P>(&P::stride), "Step of the window along each axis; 1 if left out.")
      .defaultTo(unset)
      .atLeast(1);
  s.field("dilate", ownMember<P>(&P::dilate),
          "Distance between the window's taps along each axis; 1 if left out.")
      .defaultTo(unset)
      .atLeast(1);
  s.field("pad", ownMember<P>(&P::pad), "Zeros added before and after each axis; 0 if left out.")
      .defaultTo(unset)
      .atLeast(0);
}

template <class P>
void describeFilters(ParamSchema<P>& s, int64_t workspace, bool no_bias) {
  s.field("num_filter", ownMember<P>(&P::num_filter), "Number of output channels.").atLeast(1);
  s.field("num_group", ownMember<P>(&P::num_group), "Groups of channels that are convolved apart.")
      .defaultTo(1)
      .atLeast(1);
  s.field("workspace", ownMember<P>(&P::workspace),
          "Accepted for MXNet's sake; scratch memory is found by itself.")
      .defaultTo(workspace)
      .atLeast(0);
  s.field("no_bias", ownMember<P>(&P::no_bias), "Leave out the bias.").defaultTo(no_bias);
  s.field("cudnn_tune", ownMember<P>(&P::cudnn_tune), "Accepted for MXNet's sake.")
      .options({{"fastest", CudnnTune::kFastest},
                {"limited_workspace", CudnnTune::kLimitedWorkspace},
                {"off", CudnnTune::kOff}});
  s.field("cudnn_off", ownMember<P>(&P::cudnn_off), "Accepted for MXNet's sake.").defaultTo(false);
  s.field("layout", ownMember<P>(&P::layout),
          "Order of the data's axes; channels first by default.")
      .options({{"NCW", DataLayout::kNcw},
                {"NCHW", DataLayout::kNchw},
                {"NCDHW", DataLayout::kNcdhw},
                {"NWC", DataLayout::kNwc},
                {"NHWC", DataLayout::kNhwc},
                {"NDHWC", DataLayout::kNdhwc}});
}

/// The windows of an operator, checked: extents per spatial axis with defaults filled in.
struct Windows {
  int spatial = 0;
  std::array<int64_t, 3> kernel{1, 1, 1}, stride{1, 1, 1}, dilate{1, 1, 1}, pad{0, 0, 0};
  bool channels_last = false;

  /// Axis of an array of this layout that holds the channels.
  int channelAxis() const { return channels_last ? spatial + 1 : 1; }
  int spatialAxis(int i) const { return channels_last ? 1 + i : 2 + i; }
  /// Elements that a window covers along an axis.
  int64_t reach(int i) const {
    const auto axis = static_cast<size_t>(i);
    return dilate[axis] * (kernel[axis] - 1) + 1;
  }
  /// Elements that `count` windows cover together.
  int64_t covered(int i, int64_t count) const {
    return count == 0 ? 0 : stride[static_cast<size_t>(i)] * (count - 1) + reach(i);
  }
};

/// Defaults filled in, nothing checked.
inline Windows windowsFrom(const Shape& kernel, const Shape& stride, const Shape& dilate,
                           const Shape& pad, const Optional<DataLayout>& layout) {
  Windows w;
  w.spatial = kernel.rank();
  w.channels_last = isChannelsLast(layout);
  const auto fill = [&w](const Shape& given, std::array<int64_t, 3>& to) {
    for (int i = 0; i < w.spatial && given.rank() > 0; ++i) to[static_cast<size_t>(i)] = given[i];
  };
  fill(kernel, w.kernel);
  fill(stride, w.stride);
  fill(dilate, w.dilate);
  fill(pad, w.pad);
  return w;
}
inline Windows windowsFrom(const ConvCommon& p) {
  return windowsFrom(p.kernel, p.stride, p.dilate, p.pad, p.layout);
}

/// The windows' convolution from arrays of the one shape to arrays of the other.
inline ConvGeometry geometryOf(const Windows& w, int64_t groups, const Shape& in,
                               const Shape& out) {
  ConvGeometry g;
  g.spatial = w.spatial;
  g.batch = in[0];
  g.in_channels = in[w.channelAxis()];
  g.out_channels = out[w.channelAxis()];
  g.groups = groups;
  g.kernel = w.kernel;
  g.stride = w.stride;
  g.dilate = w.dilate;
  g.pad = w.pad;
  g.channels_last = w.channels_last;
  for (int i = 0; i < w.spatial; ++i) {
    g.in[static_cast<size_t>(i)] = in[w.spatialAxis(i)];
    g.out[static_cast<size_t>(i)] = out[w.spatialAxis(i)];
  }
  return g;
}

struct ConvolutionParams : ConvCommon {
  static void describe(ParamSchema<ConvolutionParams>& s) {
    describeWindow(s);
    describeFilters(s, /*workspace=*/1024, /*no_bias=*/false);
  }
};

struct DeconvolutionParams : ConvCommon {
  Shape adj, target_shape;
  static void describe(ParamSchema<DeconvolutionParams>& s) {
    describeWindow(s);
    const Shape unset = Shape::scalar();
    s.field("adj", &DeconvolutionParams::adj,
            "Elements added at the end of each axis of the output.")
        .defaultTo(unset)
        .atLeast(0);
    s.field("target_shape", &DeconvolutionParams::target_shape,
            "The output's extents; pad and adj are then found by themselves.")
        .defaultTo(unset)
        .atLeast(0);
    describeFilters(s, /*workspace=*/512, /*no_bias=*/true);
  }

  bool hasTarget() const { return target_shape.rank() > 0 && target_shape.size() > 0; }
};

/// The windows of a Deconvolution's data of a known shape: with a target, the padding follows.
inline Windows windowsOver(const DeconvolutionParams& p, const Shape& data) {
  Windows w = windowsFrom(p);
  for (int i = 0; i < w.spatial && p.hasTarget(); ++i) {
    w.pad[static_cast<size_t>(i)] =
        (w.covered(i, data[w.spatialAxis(i)]) - p.target_shape[i] + 1) / 2;
  }
  return w;
}

/// Throws kInvalidArgument naming the operator where kernel, stride, dilate, pad and layout do not
/// fit together.
Windows windowsOf(const OpAttrs& attrs, const Shape& kernel, const Shape& stride,
                  const Shape& dilate, const Shape& pad, const Optional<DataLayout>& layout);

/// (batch, channels, extents…) or (batch, extents…, channels).
Shape imageShape(const Windows& windows, int64_t batch, int64_t channels,
                 const std::array<int64_t, 3>& extents);

/// Throws unless `shape` is of unknown rank or has the rank that the windows need.
void checkRank(const OpAttrs& attrs, std::string_view operand, const Shape& shape,
               const Windows& windows);

}  // namespace tenon
