// Prefix sums over the threads of a block.
#pragma once

#include <cuda_runtime.h>

#include "runtime/launch.cuh"

namespace tenon::cuda {

/// The sum of the values of the threads before this one; `total` becomes that of all. All threads
/// of a block of kThreads take part. `shared` has an element for each warp.
template <class A>
__device__ __forceinline__ A sumBefore(A* shared, A value, A& total) {
  const int lane = static_cast<int>(threadIdx.x) % warpSize;
  const int warp = static_cast<int>(threadIdx.x) / warpSize;
  A sum = value;
  for (int by = 1; by < warpSize; by *= 2) {
    const A other = __shfl_up_sync(~0u, sum, static_cast<unsigned>(by));
    if (lane >= by) sum += other;
  }
  if (lane == warpSize - 1) shared[warp] = sum;
  __syncthreads();
  A before = 0;
  total = 0;
  for (int i = 0; i < kThreads / warpSize; ++i) {
    if (i < warp) before += shared[i];
    total += shared[i];
  }
  __syncthreads();
  return before + sum - value;
}

}  // namespace tenon::cuda
