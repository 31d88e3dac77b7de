// Optimizers with a step size per element: Adam, RMSProp in two forms, FTRL.
#include "ops/optimizer/update.cuh"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"adam_update", {.run = runUpdate<2, AdamStep, AdamParams>}},
    {"rmsprop_update", {.run = runUpdate<1, RmsPropStep, RmsPropParams>}},
    {"rmspropalex_update", {.run = runUpdate<3, RmsPropAlexStep, RmsPropAlexParams>}},
    {"ftrl_update", {.run = runUpdate<2, FtrlStep, FtrlParams>}},
};

}  // namespace
}  // namespace tenon::cuda
