// Parameters of BatchNorm.
#pragma once

#include "base/params.h"

namespace tenon {

struct BatchNormParams {
  double eps;
  float momentum;
  bool fix_gamma, use_global_stats, output_mean_var;
  int32_t axis;
  bool cudnn_off;
  Optional<float> min_calib_range, max_calib_range;
  static void describe(ParamSchema<BatchNormParams>& s) {
    using P = BatchNormParams;
    s.field("eps", &P::eps, "Added to the variance.").defaultTo(1e-3F).atLeast(0);
    s.field("momentum", &P::momentum,
            "Share of the moving statistics that a batch leaves as it is.")
        .defaultTo(0.9F);
    s.field("fix_gamma", &P::fix_gamma, "Take gamma for 1 and leave it alone.").defaultTo(true);
    s.field("use_global_stats", &P::use_global_stats, "Use the moving statistics in training too.")
        .defaultTo(false);
    s.field("output_mean_var", &P::output_mean_var,
            "Give the mean and 1/sqrt(var + eps) as outputs too.")
        .defaultTo(false);
    s.field("axis", &P::axis, "The axis of the channels.").defaultTo(1);
    s.field("cudnn_off", &P::cudnn_off, "Accepted for MXNet's sake.").defaultTo(false);
    s.field("min_calib_range", &P::min_calib_range, "Accepted for MXNet's sake.");
    s.field("max_calib_range", &P::max_calib_range, "Accepted for MXNet's sake.");
  }
};

}  // namespace tenon
