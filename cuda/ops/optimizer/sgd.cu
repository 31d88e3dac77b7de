// Stochastic gradient descent and its kin: sgd, momentum, Nesterov's, by sign.
#include "ops/optimizer/update.cuh"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"sgd_update", {.run = runUpdate<0, SgdStep, SgdParams>}},
    {"sgd_mom_update", {.run = runUpdate<1, SgdMomentumStep, SgdMomentumParams>}},
    {"nag_mom_update", {.run = runUpdate<1, NagStep, NagParams>}},
    {"signsgd_update", {.run = runUpdate<0, SignSgdStep, SignSgdParams>}},
    {"signum_update", {.run = runUpdate<1, SignumStep, SignumParams>}},
    {"mp_sgd_update", {.run = runUpdate<0, SgdStep, SgdParams, true>}},
    {"mp_sgd_mom_update", {.run = runUpdate<1, SgdMomentumStep, SgdMomentumParams, true>}},
    {"mp_nag_mom_update", {.run = runUpdate<1, NagStep, NagParams, true>}},
};

}  // namespace
}  // namespace tenon::cuda
