// Parameters of the pointwise functions that have some, as the kernels take them: two numbers p and
// q.
#pragma once

#include "base/params.h"

namespace tenon {

struct ClipParams {
  float a_min;
  float a_max;
  static void describe(ParamSchema<ClipParams>& s) {
    s.field("a_min", &ClipParams::a_min, "The least value.");
    s.field("a_max", &ClipParams::a_max, "The greatest value.");
  }
  void fill(double* to) const {
    to[0] = a_min;
    to[1] = a_max;
  }
};

struct HardSigmoidParams {
  float alpha;
  float beta;
  static void describe(ParamSchema<HardSigmoidParams>& s) {
    s.field("alpha", &HardSigmoidParams::alpha, "The slope.").defaultTo(0.2f);
    s.field("beta", &HardSigmoidParams::beta, "The value at zero.").defaultTo(0.5f);
  }
  void fill(double* to) const {
    to[0] = alpha;
    to[1] = beta;
  }
};

struct SmoothL1Params {
  float scalar;
  static void describe(ParamSchema<SmoothL1Params>& s) {
    s.field("scalar", &SmoothL1Params::scalar, "Sigma: the function is linear beyond 1 / sigma^2.")
        .defaultTo(1.0f);
  }
  void fill(double* to) const {
    to[0] = scalar;
    to[1] = 0;
  }
};

}  // namespace tenon
