// Products and extremes over axes.
#include "ops/reduce/run.cuh"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"prod", {.run = runReduce<ReduceFn::kProd>}},
    {"nanprod", {.run = runReduce<ReduceFn::kNanProd>}},
    {"max", {.run = runReduce<ReduceFn::kMax>}},
    {"min", {.run = runReduce<ReduceFn::kMin>}},
};

}  // namespace
}  // namespace tenon::cuda
