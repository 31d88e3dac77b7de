// Functions of one operand that take a few instructions: rounding, powers, limits.
#include "ops/elementwise/map.cuh"
#include "ops/elementwise/params.h"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"sign", {.run = runUnary<UnaryFn::kSign>}},
    {"rint", {.run = runUnary<UnaryFn::kRint>}},
    {"round", {.run = runUnary<UnaryFn::kRound>}},
    {"ceil", {.run = runUnary<UnaryFn::kCeil>}},
    {"floor", {.run = runUnary<UnaryFn::kFloor>}},
    {"trunc", {.run = runUnary<UnaryFn::kTrunc>}},
    {"fix", {.run = runUnary<UnaryFn::kTrunc>}},
    {"logical_not", {.run = runUnary<UnaryFn::kLogicalNot>}},
    {"abs", {.run = runUnary<UnaryFn::kAbs>}},
    {"negative", {.run = runUnary<UnaryFn::kNegative>}},
    {"reciprocal", {.run = runUnary<UnaryFn::kReciprocal>}},
    {"square", {.run = runUnary<UnaryFn::kSquare>}},
    {"sqrt", {.run = runUnary<UnaryFn::kSqrt>}},
    {"rsqrt", {.run = runUnary<UnaryFn::kRsqrt>}},
    {"cbrt", {.run = runUnary<UnaryFn::kCbrt>}},
    {"rcbrt", {.run = runUnary<UnaryFn::kRcbrt>}},
    {"degrees", {.run = runUnary<UnaryFn::kDegrees>}},
    {"radians", {.run = runUnary<UnaryFn::kRadians>}},
    {"relu", {.run = runUnary<UnaryFn::kRelu>}},
    {"softsign", {.run = runUnary<UnaryFn::kSoftSign>}},
    {"clip", {.run = runUnaryWith<UnaryFn::kClip, ClipParams>}},
    {"hard_sigmoid", {.run = runUnaryWith<UnaryFn::kHardSigmoid, HardSigmoidParams>}},
    {"smooth_l1", {.run = runUnaryWith<UnaryFn::kSmoothL1, SmoothL1Params>}},
};

}  // namespace
}  // namespace tenon::cuda
