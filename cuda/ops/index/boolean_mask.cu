// _contrib_boolean_mask: the rows for which a condition holds, and its gradient.
//
// Rows are counted by parts of 4096, a block each; one block sums the counts of the parts before;
// then each part says for its rows where they go. How many rows hold is wanted by the host, which
// allocates the result: the operator waits for the device, once. Its gradient does not. Cost: the
// conditions are read twice, the rows once.
#include "device/scan.cuh"
#include "device/unit.cuh"
#include "ops/index/indices.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

constexpr int64_t kPart = 4096;

int64_t partsOf(int64_t rows) { return (rows + kPart - 1) / kPart; }

__device__ __forceinline__ bool holds(const Indices& conditions, int64_t row) {
  return row < conditions.count && loadAny<bool>(conditions.data, conditions.dtype, row);
}

/// Where rows go: -1 for those that do not hold.
struct Targets {
  int64_t* rows;
  int64_t* parts;  ///< rows that hold in the parts before, and at the end in all
};

__global__ void __launch_bounds__(kThreads)
    countRowsKernel(const Indices conditions, const Targets to) {
  __shared__ int64_t shared[kThreads / 32];
  const int64_t begin = blockIdx.x * kPart;
  int64_t count = 0;
  for (int64_t i = threadIdx.x; i < kPart; i += kThreads) count += holds(conditions, begin + i);
  int64_t all;
  sumBefore(shared, count, all);
  if (threadIdx.x == 0) to.parts[blockIdx.x] = all;
}

__global__ void __launch_bounds__(kThreads) sumPartsKernel(const Targets to, int64_t parts) {
  __shared__ int64_t shared[kThreads / 32];
  int64_t before = 0;
  for (int64_t first = 0; first < parts; first += kThreads) {
    const int64_t i = first + threadIdx.x;
    int64_t all;
    const int64_t sum = sumBefore(shared, i < parts ? to.parts[i] : 0, all);
    if (i < parts) to.parts[i] = before + sum;
    before += all;
  }
  if (threadIdx.x == 0) to.parts[parts] = before;
}

__global__ void __launch_bounds__(kThreads)
    placeRowsKernel(const Indices conditions, const Targets to) {
  __shared__ int64_t shared[kThreads / 32];
  const int64_t begin = blockIdx.x * kPart;
  int64_t before = to.parts[blockIdx.x];
  for (int64_t first = 0; first < kPart; first += kThreads) {
    const int64_t row = begin + first + threadIdx.x;
    const bool own = holds(conditions, row);
    int64_t all;
    const int64_t sum = sumBefore(shared, int64_t{own}, all);
    if (row < conditions.count) to.rows[row] = own ? before + sum : -1;
    before += all;
  }
}

/// Uses the workspace; there is at least one row.
Targets findTargets(Context& context, const TensorView& conditions) {
  const int64_t rows = conditions.size();
  const int64_t parts = partsOf(rows);
  Targets to{};
  to.rows = static_cast<int64_t*>(
      context.workspace(static_cast<size_t>(rows + parts + 1) * sizeof(int64_t)));
  to.parts = to.rows + rows;
  const Indices all = indicesOf(conditions);
  const dim3 blocks(static_cast<unsigned>(parts));
  launchGrid(context, countRowsKernel, blocks, dim3(kThreads), 0, all, to);
  launchGrid(context, sumPartsKernel, dim3(1), dim3(kThreads), 0, to, parts);
  launchGrid(context, placeRowsKernel, blocks, dim3(kThreads), 0, all, to);
  return to;
}

/// A thread for each unit of the rows.
template <class U>
__global__ void __launch_bounds__(kThreads)
    pickRowsKernel(const U* data, const int64_t* targets, int64_t rows, int64_t units, U* out) {
  forEachItem(rows * units, [&](int64_t i) {
    const int64_t to = targets[i / units];
    if (to >= 0) out[to * units + i % units] = data[i];
  });
}

template <class U>
__global__ void __launch_bounds__(kThreads)
    putRowsBackKernel(const U* head, int64_t head_rows, const int64_t* targets, int64_t rows,
                      int64_t units, U* out) {
  forEachItem(rows * units, [&](int64_t i) {
    const int64_t from = targets[i / units];
    out[i] = from >= 0 && from < head_rows ? head[from * units + i % units] : U{};
  });
}

int64_t rowBytes(const TensorView& data) {
  return data.shape.product(1, data.shape.rank()) * static_cast<int64_t>(sizeOf(data.dtype));
}

void runMask(Context& context, Views in, Views, Requests requests) {
  if (requests[0] == Request::kNull) return;
  TENON_CHECK(requests[0] != Request::kAdd, kUnsupported, context.op(),
              ": a result whose size depends on data cannot be added to another");
  const int64_t rows = in[0].shape[0];
  Shape shape = in[0].shape;
  shape[0] = 0;
  if (rows == 0) {
    context.allocateOutput(0, shape);
    return;
  }
  const Targets targets = findTargets(context, in[1]);
  context.fetch(&shape[0], targets.parts + partsOf(rows), sizeof(int64_t));
  const TensorView out = context.allocateOutput(0, shape);
  const int64_t bytes = rowBytes(in[0]);
  withUnit(bytes, {in[0].data, out.data}, [&]<class U>(U) {
    const int64_t units = bytes / int64_t{sizeof(U)};
    launchItems(context, pickRowsKernel<U>, rows * units, in[0].as<const U>(), targets.rows, rows,
                units, out.as<U>());
  });
}

// head, index, data -> data's shape
void runMaskBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int64_t rows = out[0].shape[0];
  const Targets targets = findTargets(context, in[1]);
  const int64_t bytes = rowBytes(out[0]);
  withUnit(bytes, {in[0].data, out[0].data}, [&]<class U>(U) {
    const int64_t units = bytes / int64_t{sizeof(U)};
    launchItems(context, putRowsBackKernel<U>, rows * units, in[0].as<const U>(),
                in[0].shape.rank() == 0 ? 0 : in[0].shape[0], targets.rows, rows, units,
                out[0].as<U>());
  });
}

const KernelRegistration kKernels = {
    {"_contrib_boolean_mask", {.run = runMask, .allocates = true}},
    {"_backward_contrib_boolean_mask", {.run = runMaskBack, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
