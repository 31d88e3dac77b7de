// Cases of the operators in cpp/ops/optimizer. The numbers are MXNet 1.9.1's.
#include "support/op_case.h"

namespace tenon {
namespace {

const Values kWeight = exactly({1, -2, 0.5});
const Values kGradient = exactly({0.3, -4, 0.2});
const Values kState = exactly({0.1, 0.2, -0.3});

/// An update of a weight, with its gradient and a state, all of its dtype.
OpCase update(const std::string& op, bool clipped, int states = 1) {
  OpCase c(op);
  c.attr("lr", "0.1").attr("wd", "0.02").attr("rescale_grad", "0.5");
  if (clipped) c.attr("clip_gradient", "0.5");
  c.input({3}, kWeight).input({3}, kGradient).tolerance(20);
  for (int i = 0; i < states; ++i) c.input({3}, kState);
  return c;
}

const OpCases kSgd = {
    update("sgd_update", false, 0).gives({0.983, -1.796, 0.489}),
    update("sgd_update", true, 0).gives({0.983, -1.946, 0.489}),
    OpCase("sgd_update").attr("lr", "0.5").input({30, 3000}).input({30, 3000}),
    update("sgd_mom_update", false).attr("momentum", "0.9").gives({1.073, -1.616, 0.219}),
    update("sgd_mom_update", true).attr("momentum", "0.9").gives({1.073, -1.766, 0.219}),
    update("nag_mom_update", false).attr("momentum", "0.9").gives({1.0487, -1.4504, 0.2361}),
    update("nag_mom_update", true).attr("momentum", "0.9").gives({1.0487, -1.7354, 0.2361}),
    update("signsgd_update", false, 0).gives({0.898, -1.896, 0.399}),
    update("signum_update", false).attr("momentum", "0.9").gives({1.1, -1.9, 0.4}),
    update("signum_update", false)
        .attr("momentum", "0.9")
        .attr("wd_lh", "0.03")
        .gives({1.097, -1.894, 0.3985}),
};

/// The same for a half weight with its float32 copy.
OpCase mixed(const std::string& op, bool state) {
  OpCase c(op);
  c.attr("lr", "0.1")
      .attr("wd", "0.02")
      .attr("rescale_grad", "0.5")
      .types({DType::kFloat16, DType::kBFloat16});
  c.input({3}, kWeight).input({3}, kGradient).tolerance(2);
  if (state) c.attr("momentum", "0.9").input({3}, kState, DType::kFloat32);
  return c.input({3}, kWeight, DType::kFloat32);
}

const OpCases kMixed = {
    mixed("mp_sgd_update", false).gives({0.983, -1.796, 0.489}),
    mixed("mp_sgd_mom_update", true).gives({1.073, -1.616, 0.219}),
    mixed("mp_nag_mom_update", true).gives({1.0487, -1.4504, 0.2361}),
};

}  // namespace
}  // namespace tenon
