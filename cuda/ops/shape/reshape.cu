// Operators that give the same elements another shape.
#include "ops/init/fill.cuh"

namespace tenon::cuda {
namespace {

void runIdentity(Context& context, Views in, Views out, Requests requests) {
  copyOrAdd(context, in[0], denseView(out[0].data, in[0].shape, out[0].dtype, out[0].device),
            requests[0]);
}

const KernelRegistration kKernels = {
    {"Reshape", {.run = runIdentity}},      {"Flatten", {.run = runIdentity}},
    {"expand_dims", {.run = runIdentity}},  {"squeeze", {.run = runIdentity}},
    {"reshape_like", {.run = runIdentity}},
};

}  // namespace
}  // namespace tenon::cuda
