// Parameters of the updates of many weights, and what comes with each weight.
#pragma once

#include "base/params.h"

namespace tenon {

struct MultiSgdParams {
  DoubleList lrs, wds;
  float rescale_grad, clip_gradient;
  int32_t num_weights;

  template <class P>
  static void describeShared(ParamSchema<P>& s) {
    s.field("lrs", &P::lrs, "Learning rates, one per weight.");
    s.field("wds", &P::wds, "Weight decays, one per weight.");
    s.field("rescale_grad", &P::rescale_grad, "Multiplies the gradients first.")
        .defaultTo(1.0F)
        .dynamic();
    s.field("clip_gradient", &P::clip_gradient,
            "Limits the gradients to [-clip_gradient, clip_gradient]; none if negative.")
        .defaultTo(-1.0F);
    s.field("num_weights", &P::num_weights, "How many weights are updated.")
        .defaultTo(1)
        .range(1, kMost);
  }
  static void describe(ParamSchema<MultiSgdParams>& s) { describeShared(s); }
  float momentumOrZero() const { return 0; }

  /// As many as a list of rates holds.
  static constexpr int kMost = 32;
};

struct MultiSgdMomentumParams {
  DoubleList lrs, wds;
  float momentum, rescale_grad, clip_gradient;
  int32_t num_weights;
  static void describe(ParamSchema<MultiSgdMomentumParams>& s) {
    MultiSgdParams::describeShared(s);
    s.field("momentum", &MultiSgdMomentumParams::momentum,
            "Share of the last step that is taken again.")
        .defaultTo(0.0F);
  }
  float momentumOrZero() const { return momentum; }
};

/// What comes with each weight.
template <bool has_momentum, bool has_master>
struct Arity {
  static constexpr int kMomentum = 2;
  static constexpr int kMaster = has_momentum ? 3 : 2;
  static constexpr int kInputs = 2 + has_momentum + has_master;
};

}  // namespace tenon
