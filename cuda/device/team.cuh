// Teams: the threads of a block that share an output, such as a row to be reduced.
//
// A block has kOuts of them. Up to 16, a team's threads are neighbours and read neighbouring
// elements of one output; with 32, neighbouring threads belong to neighbouring outputs, which lie
// side by side in memory where the innermost axis is not the one that is shared.
#pragma once

#include <cuda_runtime.h>

#include "runtime/launch.cuh"

namespace tenon::cuda {

template <int kOuts>
struct Team {
  static constexpr int kEach = kThreads / kOuts;  ///< threads of a team
  static constexpr bool kNeighbours = kOuts < 32;

  int own;         ///< the team's number in the block
  int lane;        ///< the thread's in the team
  int64_t output;  ///< the team's number in the grid

  __device__ __forceinline__ Team() {
    const int thread = static_cast<int>(threadIdx.x);
    own = kNeighbours ? thread / kEach : thread % kOuts;
    lane = kNeighbours ? thread % kEach : thread / kOuts;
    output = static_cast<int64_t>(blockIdx.x) * kOuts + own;
  }

  /// Folds the values of the team's threads, in a tree; every thread gets the result. All threads
  /// of the block take part. `shared` has kThreads elements.
  template <class A, class F>
  __device__ __forceinline__ A fold(A* shared, A value, F&& merge) const {
    constexpr int kStep = kNeighbours ? 1 : kOuts;
    const int thread = static_cast<int>(threadIdx.x);
    shared[thread] = value;
    __syncthreads();
    for (int width = kEach / 2; width > 0; width /= 2) {
      if (lane < width) shared[thread] = merge(shared[thread], shared[thread + width * kStep]);
      __syncthreads();
    }
    const A result = shared[thread - lane * kStep];
    __syncthreads();
    return result;
  }
};

/// Index of the first element of row `row` in an array (outer, n, inner): rows' elements are
/// `inner` apart.
__device__ __forceinline__ int64_t rowBegin(int64_t row, int64_t n, int64_t inner) {
  if (inner == 1) return row * n;
  return row / inner * n * inner + row % inner;
}

/// Blocks for so many outputs.
template <int kOuts>
dim3 teamGrid(int64_t outputs) {
  return dim3(gridOf((outputs + kOuts - 1) / kOuts));
}

/// Calls launch.operator()<kOuts>() with as many teams to a block as suit outputs of `count`
/// elements that are neighbours in memory (`rows`) or not.
template <class F>
void withTeams(bool rows, int64_t count, F&& launch) {
  // Up to so many elements, a warp is done sooner than a block.
  constexpr int64_t kWarpElements = 1024;
  if (!rows) {
    launch.template operator()<32>();
  } else if (count <= kWarpElements) {
    launch.template operator()<8>();
  } else {
    launch.template operator()<1>();
  }
}

}  // namespace tenon::cuda
