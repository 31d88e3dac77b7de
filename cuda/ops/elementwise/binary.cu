// Arithmetic of two operands: on equal shapes, on shapes that broadcast, with a number on either
// side.
#include "ops/elementwise/map.cuh"

namespace tenon::cuda {
namespace {

/// The powers that people write, without the general function's cost.
void runPowerScalar(Context& context, Views in, Views out, Requests requests) {
  const double exponent = context.dynamic(0);
  if (exponent == 2.0) return mapUnary<UnaryFn::kSquare>(context, in[0], out[0], requests[0]);
  if (exponent == 0.5 && isFloating(in[0].dtype))
    return mapUnary<UnaryFn::kSqrt>(context, in[0], out[0], requests[0]);
  mapScalar<BinaryFn::kPower>(context, in[0], exponent, false, out[0], requests[0]);
}

const KernelRegistration kKernels = {
    {"elemwise_add", {.run = runBinary<BinaryFn::kAdd>}},
    {"broadcast_add", {.run = runBinary<BinaryFn::kAdd>}},
    {"_plus_scalar", {.run = runScalar<BinaryFn::kAdd>}},
    {"elemwise_sub", {.run = runBinary<BinaryFn::kSub>}},
    {"broadcast_sub", {.run = runBinary<BinaryFn::kSub>}},
    {"_minus_scalar", {.run = runScalar<BinaryFn::kSub>}},
    {"_rminus_scalar", {.run = runScalar<BinaryFn::kSub, true>}},
    {"elemwise_mul", {.run = runBinary<BinaryFn::kMul>}},
    {"broadcast_mul", {.run = runBinary<BinaryFn::kMul>}},
    {"_mul_scalar", {.run = runScalar<BinaryFn::kMul>}},
    {"elemwise_div", {.run = runBinary<BinaryFn::kDiv>}},
    {"broadcast_div", {.run = runBinary<BinaryFn::kDiv>}},
    {"_div_scalar", {.run = runScalar<BinaryFn::kDiv>}},
    {"_rdiv_scalar", {.run = runScalar<BinaryFn::kDiv, true>}},
    {"_mod", {.run = runBinary<BinaryFn::kMod>}},
    {"broadcast_mod", {.run = runBinary<BinaryFn::kMod>}},
    {"_mod_scalar", {.run = runScalar<BinaryFn::kMod>}},
    {"_rmod_scalar", {.run = runScalar<BinaryFn::kMod, true>}},
    {"_power", {.run = runBinary<BinaryFn::kPower>}},
    {"broadcast_power", {.run = runBinary<BinaryFn::kPower>}},
    {"_rpower_scalar", {.run = runScalar<BinaryFn::kPower, true>}},
    {"_maximum", {.run = runBinary<BinaryFn::kMaximum>}},
    {"broadcast_maximum", {.run = runBinary<BinaryFn::kMaximum>}},
    {"_maximum_scalar", {.run = runScalar<BinaryFn::kMaximum>}},
    {"_minimum", {.run = runBinary<BinaryFn::kMinimum>}},
    {"broadcast_minimum", {.run = runBinary<BinaryFn::kMinimum>}},
    {"_minimum_scalar", {.run = runScalar<BinaryFn::kMinimum>}},
    {"_hypot", {.run = runBinary<BinaryFn::kHypot>}},
    {"broadcast_hypot", {.run = runBinary<BinaryFn::kHypot>}},
    {"_hypot_scalar", {.run = runScalar<BinaryFn::kHypot>}},
    {"_power_scalar", {.run = runPowerScalar}},
};

}  // namespace
}  // namespace tenon::cuda
