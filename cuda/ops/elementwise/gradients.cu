// Gradients of pointwise functions in one pass: of the gradient that arrives and the input or
// output.
#include "ops/elementwise/map.cuh"
#include "ops/elementwise/params.h"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"_backward_tanh", {.run = runBinary<BinaryFn::kTanhGrad>}},
    {"_backward_sigmoid", {.run = runBinary<BinaryFn::kSigmoidGrad>}},
    {"_backward_relu", {.run = runBinary<BinaryFn::kReluGrad>}},
    {"_backward_softsign", {.run = runBinary<BinaryFn::kSoftSignGrad>}},
    {"_backward_clip", {.run = runBinaryWith<BinaryFn::kClipGrad, ClipParams>}},
    {"_backward_hard_sigmoid",
     {.run = runBinaryWith<BinaryFn::kHardSigmoidGrad, HardSigmoidParams>}},
    {"_backward_smooth_l1", {.run = runBinaryWith<BinaryFn::kSmoothL1Grad, SmoothL1Params>}},
};

}  // namespace
}  // namespace tenon::cuda
