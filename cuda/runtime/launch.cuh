// Launching kernels: the only file that does. A launch of no blocks is nothing; a
// launch that CUDA refuses is an exception which names the operator. Compiled by g++, it goes to
// the tests' emulated device.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "runtime/device.h"
#include "runtime/kernel.h"

namespace tenon::cuda {

/// Threads of a block where nothing speaks for another number.
inline constexpr int kThreads = 256;
/// Waves of blocks per multiprocessor in loops over a grid: enough to even out, few enough to keep
/// the loop's set-up small. Eight blocks of kThreads fill a multiprocessor.
inline constexpr int64_t kBlocksPerMultiprocessor = 32;

/// Whether the threads of a block meet (barriers, exchanges within warps): the emulated device must
/// know.
enum class Threads { kMeet, kAlone };

/// Issues `kernel` over grid blocks of `block` threads, with `shared` bytes of dynamic shared
/// memory.
template <Threads kThreadsOf = Threads::kMeet, class... Params, class... Args>
void launchGrid(const Context& context, void (*kernel)(Params...), dim3 grid, dim3 block,
                size_t shared, Args&&... args) {
  // What every driver takes.
  static_assert((sizeof(Params) + ... + 0) <= 4096, "a kernel's parameters have at most 4 KB");
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
#if defined(__CUDACC__)
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared;
  config.stream = context.stream();
  const cudaError_t code = cudaLaunchKernelEx(&config, kernel, std::forward<Args>(args)...);
#else
  const cudaError_t code =
      emulator::launchKernel(context.stream(), grid, block, shared, kThreadsOf == Threads::kMeet,
                             kernel, std::tuple<Params...>(std::forward<Args>(args)...));
#endif
  context.queue().check(code, context.op());
}

/// A grid's first extent; what is too large for one must not become a small one.
inline unsigned gridOf(int64_t blocks) {
  TENON_CHECK(blocks <= INT32_MAX, kUnsupported, "a kernel has at most ", INT32_MAX,
              " blocks, not ", blocks);
  return static_cast<unsigned>(blocks);
}

/// Blocks for `items` items of one thread each, in a kernel that loops over the grid (see
/// `forEachItem`).
inline unsigned blocksFor(const Context& context, int64_t items, int threads = kThreads) {
  const int64_t most = kBlocksPerMultiprocessor * multiprocessorsOf(context.device());
  return static_cast<unsigned>(std::min((items + threads - 1) / threads, most));
}

/// Issues `kernel` for `items` items; the kernel visits them with `forEachItem`, each thread alone.
template <class... Params, class... Args>
void launchItems(const Context& context, void (*kernel)(Params...), int64_t items, Args&&... args) {
  launchGrid<Threads::kAlone>(context, kernel, dim3(blocksFor(context, items)), dim3(kThreads), 0,
                              std::forward<Args>(args)...);
}

/// Calls body(i) for this thread's share of the items [0, n), whatever the grid.
template <class F>
__device__ __forceinline__ void forEachItem(int64_t n, F&& body) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step)
    body(i);
}

}  // namespace tenon::cuda
