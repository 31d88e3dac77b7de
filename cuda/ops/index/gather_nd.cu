// Operators over index tuples: gather_nd, the scatters, and the gradient of the first.
//
// An index outside its axis takes the nearest place: whether there is one is known on the device
// only, and nobody waits for it.
#include "device/unit.cuh"
#include "ops/index/places.cuh"
#include "ops/index/scatter_add.h"
#include "ops/init/fill.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

/// A thread for each unit of the slices.
template <class U>
__global__ void __launch_bounds__(kThreads)
    gatherKernel(const U* data, const Tuples tuples, int64_t units, U* out) {
  forEachItem(tuples.count * units,
              [&](int64_t i) { out[i] = data[placeAt(tuples, i / units) * units + i % units]; });
}

/// That the axes which tuples name have places, if there are tuples.
void checkPlaces(const Context& context, const Shape& whole, const TensorView& indices) {
  const Shape& shape = indices.shape;
  if (shape.product(1, shape.rank()) == 0) return;
  TENON_CHECK(whole.product(0, static_cast<int>(shape[0])) > 0, kIndex, context.op(),
              ": indices of shape ", shape, " name places of an array of shape ", whole,
              ", which has none");
}

void runGatherNd(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  checkPlaces(context, in[0].shape, in[1]);
  if (out[0].size() == 0) return;
  const Tuples tuples = tuplesOf(in[1], in[0].shape);
  const int64_t bytes = in[0].shape.product(tuples.axes, in[0].shape.rank()) *
                        static_cast<int64_t>(sizeOf(in[0].dtype));
  withUnit(bytes, {in[0].data, out[0].data}, [&]<class U>(U) {
    const int64_t units = bytes / int64_t{sizeof(U)};
    launchItems(context, gatherKernel<U>, tuples.count * units, in[0].as<const U>(), tuples, units,
                out[0].as<U>());
  });
}

// slices, indices -> whole
void runScatterNd(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  checkPlaces(context, out[0].shape, in[1]);
  fill(context, out[0], 0);
  scatterSlices(context, in[0], in[1], out[0]);
}

// whole, slices, indices -> whole
void runScatterSet(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  checkPlaces(context, out[0].shape, in[2]);
  copyOrAdd(context, in[0], out[0], Request::kWrite);
  scatterSlices(context, in[1], in[2], out[0]);
}

// slices, indices[, whole] -> whole
void runScatterAdd(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  checkPlaces(context, out[0].shape, in[1]);
  scatterAddSlices(context, in[0], in[1], out[0], requests[0]);
}

const KernelRegistration kKernels = {
    {"gather_nd", {.run = runGatherNd, .adds = false}},
    {"_gather_nd_gradient", {.run = runScatterAdd}},
    {"scatter_nd", {.run = runScatterNd, .adds = false}},
    {"_backward_gather_nd", {.run = runScatterAdd}},
    {"_scatter_set_nd", {.run = runScatterSet, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
