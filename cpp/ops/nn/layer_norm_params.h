// Parameters of LayerNorm.
#pragma once

#include "base/params.h"

namespace tenon {

struct LayerNormParams {
  int32_t axis;
  float eps;
  bool output_mean_var;
  static void describe(ParamSchema<LayerNormParams>& s) {
    s.field("axis", &LayerNormParams::axis, "The axis to normalise over.").defaultTo(-1);
    s.field("eps", &LayerNormParams::eps, "Added to the variance.").defaultTo(1e-5F).atLeast(0);
    s.field("output_mean_var", &LayerNormParams::output_mean_var,
            "Give the mean and sqrt(var + eps) as outputs too.")
        .defaultTo(false);
  }
};

}  // namespace tenon
