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

/// Three states, of which the second starts at 0.5, 0.6, 0.7.
const Values kSquare = exactly({0.5, 0.6, 0.7});

OpCase adaptive(const std::string& op, bool clipped) {
  return update(op, clipped, 0).types({DType::kFloat32, DType::kFloat64}).tolerance(200);
}

const OpCases kAdaptive = {
    adaptive("adam_update", false)
        .attr("beta1", "0.8")
        .attr("beta2", "0.9")
        .attr("epsilon", "1e-3")
        .input({3}, kState)
        .input({3}, kSquare)
        .gives({0.9830853343, -1.9746637344, 0.5274046063}),
    adaptive("adam_update", true)
        .attr("beta1", "0.8")
        .attr("beta2", "0.9")
        .attr("epsilon", "1e-3")
        .input({3}, kState)
        .input({3}, kSquare)
        .gives({0.9830853343, -2.0079717636, 0.5274046063}),
    adaptive("rmsprop_update", true)
        .attr("gamma1", "0.9")
        .attr("epsilon", "1e-3")
        .input({3}, kSquare)
        .gives({0.974766731, -1.933539748, 0.486165553}),
    adaptive("rmsprop_update", false)
        .attr("gamma1", "0.9")
        .attr("epsilon", "1e-3")
        .attr("clip_weights", "0.4")
        .input({3}, kSquare)
        .gives({0.4, -0.4, 0.4}),
    adaptive("rmspropalex_update", false)
        .attr("gamma1", "0.9")
        .attr("gamma2", "0.8")
        .attr("epsilon", "1e-3")
        .input({3}, kSquare)
        .input({3}, kState)
        .input({3}, kState)
        .gives({1.054442286, -1.631421923, 0.245367467}),
    adaptive("ftrl_update", false)
        .attr("lamda1", "0.05")
        .attr("beta", "1.5")
        .input({3}, kState)
        .input({3}, kSquare)
        .gives({-0.001917057, -0.700711965, 0.007667554}),
};

/// Two weights at once, with a rate and a decay each.
OpCase several(const std::string& op, bool momentum, bool mixed_types) {
  OpCase c(op);
  c.attr("num_weights", "2")
      .attr("lrs", "(0.1, 0.2)")
      .attr("wds", "(0.01, 0.02)")
      .attr("rescale_grad", "0.5");
  if (mixed_types) c.types({DType::kFloat16, DType::kBFloat16});
  if (momentum) c.attr("momentum", "0.9");
  const DType wide = mixed_types ? DType::kFloat32 : DType::kUnknown;
  for (const Values& weight : {kWeight, kSquare}) {
    c.input({3}, weight).input({3}, kGradient);
    if (momentum) c.input({3}, kState, wide);
    if (mixed_types) c.input({3}, weight, wide);
  }
  return c.tolerance(20);
}

const OpCases kMulti = {
    several("multi_sgd_update", false, false).gives({0.984, -1.798, 0.4895}),
    several("multi_sgd_mom_update", true, false).gives({1.074, -1.618, 0.2195}),
    several("multi_mp_sgd_update", false, true).gives({0.984, -1.798, 0.4895}),
    several("multi_mp_sgd_mom_update", true, true).gives({1.074, -1.618, 0.2195}),
};

}  // namespace
}  // namespace tenon
