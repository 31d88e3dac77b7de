// Parameters of outputs with a loss of their own.
#pragma once

#include "base/params.h"
#include "ops/nn/axis_view.h"

namespace tenon {

enum class Normalization : int32_t { kNull, kBatch, kValid };

struct SoftmaxOutputParams {
  float grad_scale, ignore_label;
  bool multi_output, use_ignore, preserve_shape;
  Normalization normalization;
  bool out_grad;
  float smooth_alpha;
  static void describe(ParamSchema<SoftmaxOutputParams>& s) {
    using P = SoftmaxOutputParams;
    s.field("grad_scale", &P::grad_scale, "Multiplies the gradient.").defaultTo(1.0F);
    s.field("ignore_label", &P::ignore_label,
            "With use_ignore: samples of this label have no gradient.")
        .defaultTo(-1.0F);
    s.field("multi_output", &P::multi_output,
            "Data is (n, k, …): one softmax over k for each position.")
        .defaultTo(false);
    s.field("use_ignore", &P::use_ignore, "Whether ignore_label counts.").defaultTo(false);
    s.field("preserve_shape", &P::preserve_shape,
            "One softmax over the last axis for each leading position.")
        .defaultTo(false);
    s.field("normalization", &P::normalization,
            "What the gradient is divided by: nothing, the samples, or the samples that are not "
            "ignored.")
        .options({{"batch", Normalization::kBatch},
                  {"null", Normalization::kNull},
                  {"valid", Normalization::kValid}})
        .defaultTo(Normalization::kNull);
    s.field("out_grad", &P::out_grad,
            "Multiply the gradient by the one that arrives at the output.")
        .defaultTo(false);
    s.field("smooth_alpha", &P::smooth_alpha,
            "Probability taken from the label and spread over the other classes.")
        .defaultTo(0.0F)
        .range(0, 1);
  }
};

/// Rows to normalise: over k of (n, k, …), over the last axis, or over all but the first.
inline AxisView rowsOf(const SoftmaxOutputParams& p, const Shape& shape) {
  if (p.multi_output) return viewAround(shape, 1);
  if (p.preserve_shape) return viewAround(shape, shape.rank() - 1);
  return {shape[0], shape.product(1, shape.rank()), 1};
}

struct RegressionParams {
  float grad_scale;
  static void describe(ParamSchema<RegressionParams>& s) {
    s.field("grad_scale", &RegressionParams::grad_scale, "Multiplies the gradient.")
        .defaultTo(1.0F);
  }
};

struct SvmParams {
  float margin, regularization_coefficient;
  bool use_linear;
  static void describe(ParamSchema<SvmParams>& s) {
    s.field("margin", &SvmParams::margin, "How far from zero scores should be.").defaultTo(1.0F);
    s.field("regularization_coefficient", &SvmParams::regularization_coefficient,
            "Multiplies the gradient.")
        .defaultTo(1.0F);
    s.field("use_linear", &SvmParams::use_linear, "Hinge loss instead of its square.")
        .defaultTo(false);
  }
};

}  // namespace tenon
