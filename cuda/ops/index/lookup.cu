// Looking elements up by indices: take, Embedding, pick, batch_take, one_hot.
//
// An index outside is brought inside as the mode says. Only take's mode `raise` must know on the
// host whether all are inside: it waits for the device.
#include "device/team.cuh"
#include "ops/cast/scalar_bits.h"
#include "ops/index/indices.cuh"
#include "ops/index/params.h"

namespace tenon::cuda {
namespace {

/// The first position of an index outside [-extent, extent), or `count`, by one block.
__global__ void __launch_bounds__(kThreads)
    findOutsideKernel(const Indices indices, int64_t extent, int64_t* found) {
  __shared__ int64_t shared[kThreads];
  const Team<1> team;
  int64_t first = indices.count;
  for (int64_t i = team.lane; i < indices.count && first == indices.count; i += kThreads) {
    const int64_t index = indexAt(indices, i);
    if (index < -extent || index >= extent) first = i;
  }
  first = team.fold(shared, first, [](int64_t a, int64_t b) { return a < b ? a : b; });
  if (team.lane != 0) return;
  found[0] = first;
  found[1] = first < indices.count ? indexAt(indices, first) : 0;
}

/// result[o, k, i] = data[o, indices[k], i], by element.
template <class S>
__global__ void __launch_bounds__(kThreads)
    takeKernel(const S* data, const Indices indices, int64_t extent, int64_t inner, IndexMode mode,
               S* out, int64_t size) {
  forEachItem(size, [&](int64_t at) {
    const int64_t row = at / inner;
    const int64_t index = placed(indexAt(indices, row % indices.count), extent, mode);
    out[at] = data[(row / indices.count * extent + index) * inner + at % inner];
  });
}

void checkInside(const Context& context, const Indices& indices, int64_t extent) {
  auto* const found = static_cast<int64_t*>(context.workspace(2 * sizeof(int64_t)));
  launchGrid(context, findOutsideKernel, dim3(1), dim3(kThreads), 0, indices, extent, found);
  int64_t seen[2] = {};
  context.fetch(seen, found, sizeof seen);
  TENON_CHECK(seen[0] == indices.count, kIndex, context.op(), ": index ", seen[1],
              " is out of range for an axis of ", extent);
}

void take(const Context& context, const TensorView& data, const TensorView& index, int axis,
          IndexMode mode, const TensorView& out) {
  const int64_t extent = data.shape[axis];
  const Indices indices = indicesOf(index);
  TENON_CHECK(extent > 0 || indices.count == 0, kIndex, context.op(),
              ": cannot take elements of an axis of extent 0");
  if (mode == IndexMode::kRaise && indices.count > 0) checkInside(context, indices, extent);
  if (out.size() == 0) return;
  const int64_t inner = data.shape.product(axis + 1, data.shape.rank());
  withSize(sizeOf(data.dtype), [&]<class S>(S) {
    launchItems(context, takeKernel<S>, out.size(), data.as<const S>(), indices, extent, inner,
                mode, out.as<S>(), out.size());
  });
}

void runTake(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.params<TakeParams>();
  take(context, in[0], in[1], in[0].shape.axis(p.axis, "take"), p.mode, out[0]);
}

void runEmbedding(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  take(context, in[1], in[0], 0, IndexMode::kClip, out[0]);
}

/// One element of each row of (outer, extent, inner).
template <class S>
__global__ void __launch_bounds__(kThreads)
    pickKernel(const S* data, const Indices indices, int64_t extent, int64_t inner, IndexMode mode,
               S* out) {
  forEachItem(indices.count, [&](int64_t row) {
    const int64_t at = placed(indexAt(indices, row), extent, mode);
    out[row] = data[(row / inner * extent + at) * inner + row % inner];
  });
}

/// The head where its row picks, zero elsewhere.
template <class S>
__global__ void __launch_bounds__(kThreads)
    pickGradientKernel(const S* head, const Indices indices, int64_t extent, int64_t inner,
                       IndexMode mode, S* out, int64_t size) {
  forEachItem(size, [&](int64_t i) {
    const int64_t row = i / (extent * inner) * inner + i % inner;
    const int64_t own = i / inner % extent;
    out[i] = placed(indexAt(indices, row), extent, mode) == own ? head[row] : S{};
  });
}

int pickAxis(const Context& context, const Shape& data) {
  return data.axis(context.params<PickParams>().axis.value, "pick");
}

void pick(const Context& context, const TensorView& data, int axis, const TensorView& index,
          IndexMode mode, const TensorView& out) {
  const int64_t extent = data.shape[axis];
  TENON_CHECK(extent > 0 || index.size() == 0, kIndex, context.op(),
              ": cannot pick from an axis of extent 0");
  const int64_t inner = data.shape.product(axis + 1, data.shape.rank());
  const Indices indices = indicesOf(index);
  withSize(sizeOf(data.dtype), [&]<class S>(S) {
    launchItems(context, pickKernel<S>, indices.count, data.as<const S>(), indices, extent, inner,
                mode, out.as<S>());
  });
}

void runPick(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  pick(context, in[0], pickAxis(context, in[0].shape), in[1], context.params<PickParams>().mode,
       out[0]);
}

void runBatchTake(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] != Request::kNull) pick(context, in[0], 1, in[1], IndexMode::kClip, out[0]);
}

// head, index, data -> data's shape
void runPickBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int axis = pickAxis(context, out[0].shape);
  const int64_t extent = out[0].shape[axis];
  const int64_t inner = out[0].shape.product(axis + 1, out[0].shape.rank());
  const Indices indices = indicesOf(in[1]);
  withSize(sizeOf(out[0].dtype), [&]<class S>(S) {
    launchItems(context, pickGradientKernel<S>, out[0].size(), in[0].as<const S>(), indices, extent,
                inner, context.params<PickParams>().mode, out[0].as<S>(), out[0].size());
  });
}

template <class S>
__global__ void __launch_bounds__(kThreads)
    oneHotKernel(const Indices indices, int64_t depth, S on, S off, S* out) {
  forEachItem(indices.count * depth,
              [&](int64_t i) { out[i] = indexAt(indices, i / depth) == i % depth ? on : off; });
}

void runOneHot(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.params<OneHotParams>();
  const Indices indices = indicesOf(in[0]);
  const ScalarBits on(p.on_value, out[0].dtype);
  const ScalarBits off(p.off_value, out[0].dtype);
  withSize(sizeOf(out[0].dtype), [&]<class S>(S) {
    S values[2];
    std::memcpy(&values[0], on.data(), sizeof(S));
    std::memcpy(&values[1], off.data(), sizeof(S));
    launchItems(context, oneHotKernel<S>, out[0].size(), indices, int64_t{p.depth}, values[0],
                values[1], out[0].as<S>());
  });
}

const KernelRegistration kKernels = {
    {"take", {.run = runTake, .adds = false}},
    {"Embedding", {.run = runEmbedding, .adds = false}},
    {"pick", {.run = runPick, .adds = false}},
    {"_backward_pick", {.run = runPickBack, .adds = false}},
    {"batch_take", {.run = runBatchTake, .adds = false}},
    {"one_hot", {.run = runOneHot, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
