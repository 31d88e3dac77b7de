// Functions of one operand that take many instructions: exponentials, trigonometry, special
// functions.
#include "ops/elementwise/map.cuh"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"exp", {.run = runUnary<UnaryFn::kExp>}},
    {"expm1", {.run = runUnary<UnaryFn::kExpm1>}},
    {"log", {.run = runUnary<UnaryFn::kLog>}},
    {"log10", {.run = runUnary<UnaryFn::kLog10>}},
    {"log2", {.run = runUnary<UnaryFn::kLog2>}},
    {"log1p", {.run = runUnary<UnaryFn::kLog1p>}},
    {"sin", {.run = runUnary<UnaryFn::kSin>}},
    {"cos", {.run = runUnary<UnaryFn::kCos>}},
    {"tan", {.run = runUnary<UnaryFn::kTan>}},
    {"arcsin", {.run = runUnary<UnaryFn::kArcsin>}},
    {"arccos", {.run = runUnary<UnaryFn::kArccos>}},
    {"arctan", {.run = runUnary<UnaryFn::kArctan>}},
    {"sinh", {.run = runUnary<UnaryFn::kSinh>}},
    {"cosh", {.run = runUnary<UnaryFn::kCosh>}},
    {"arcsinh", {.run = runUnary<UnaryFn::kArcsinh>}},
    {"arccosh", {.run = runUnary<UnaryFn::kArccosh>}},
    {"arctanh", {.run = runUnary<UnaryFn::kArctanh>}},
    {"erf", {.run = runUnary<UnaryFn::kErf>}},
    {"erfinv", {.run = runUnary<UnaryFn::kErfInv>}},
    {"gamma", {.run = runUnary<UnaryFn::kGamma>}},
    {"gammaln", {.run = runUnary<UnaryFn::kGammaLn>}},
    {"_digamma", {.run = runUnary<UnaryFn::kDigamma>}},
    {"tanh", {.run = runUnary<UnaryFn::kTanh>}},
    {"sigmoid", {.run = runUnary<UnaryFn::kSigmoid>}},
};

}  // namespace
}  // namespace tenon::cuda
