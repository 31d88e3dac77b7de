// Tiles go through shared memory, so that reads and writes are both of neighbouring elements.
#include "device/pack.cuh"
#include "ops/loops/swap.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

constexpr int kTile = 32;

struct SwapArgs {
  DType dtype;
  int64_t rows, columns;
  int64_t down, across;  ///< tiles
  int64_t tiles;         ///< of all matrices
  const void* from;
  void* to;
  bool adds;
};

template <class C>
__global__ void __launch_bounds__(kThreads) swapKernel(const SwapArgs args) {
  constexpr int kStep = kThreads / kTile;
  __shared__ C tile[kTile][kTile + 1];  // a column more, so that its columns lie in all banks
  const int x = static_cast<int>(threadIdx.x) % kTile;
  const int y = static_cast<int>(threadIdx.x) / kTile;
  for (int64_t t = blockIdx.x; t < args.tiles; t += gridDim.x) {
    const int64_t rest = t / args.across;
    const int64_t column = (t - rest * args.across) * kTile;
    const int64_t matrix = rest / args.down;
    const int64_t row = (rest - matrix * args.down) * kTile;
    for (int j = y; j < kTile; j += kStep) {
      if (row + j < args.rows && column + x < args.columns) {
        const int64_t at = (matrix * args.rows + row + j) * args.columns + column + x;
        tile[j][x] = loadOne<C>(args.from, args.dtype, at);
      }
    }
    __syncthreads();
    for (int j = y; j < kTile; j += kStep) {
      if (column + j < args.columns && row + x < args.rows) {
        const int64_t at = (matrix * args.columns + column + j) * args.rows + row + x;
        C value = tile[x][j];
        if (args.adds) value += loadOne<C>(args.to, args.dtype, at);
        storeOne(args.to, args.dtype, at, value);
      }
    }
    __syncthreads();
  }
}

}  // namespace

void swapAxes(const Context& context, DType dtype, int64_t outer, int64_t rows, int64_t columns,
              const void* from, void* to, bool adds) {
  const int64_t down = (rows + kTile - 1) / kTile;
  const int64_t across = (columns + kTile - 1) / kTile;
  const SwapArgs args = {.dtype = dtype,
                         .rows = rows,
                         .columns = columns,
                         .down = down,
                         .across = across,
                         .tiles = outer * down * across,
                         .from = from,
                         .to = to,
                         .adds = adds};
  const dim3 grid(blocksFor(context, args.tiles * kThreads));
  if (dtype == DType::kFloat64) {
    launchGrid(context, swapKernel<double>, grid, dim3(kThreads), 0, args);
  } else {
    launchGrid(context, swapKernel<float>, grid, dim3(kThreads), 0, args);
  }
}

}  // namespace tenon::cuda
