// Rows that fit a block's shared memory, put in order by Batcher's bitonic network ("Sorting
// networks and their applications", AFIPS 1968).
//
// A block has a tile of 2048 elements: one row, or as many as fit, each padded to a power of two.
// Elements are pairs of key and index, all different, so the network's result is the stable one.
// Cost: data is read once and results are written once; in between each element passes
// log2(n) · (log2(n) + 1) / 4 exchanges in shared memory (33 for 2048, 10 for 64), which is what
// takes the time from about 32 elements on. Longer rows go to radix.cu, or to
// select.cu where few of them are wanted.
#include <bit>

#include "ops/index/order.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

constexpr int kLogTile = 11;
constexpr int kTile = 1 << kLogTile;

/// A key and where it came from, read and written at once.
template <class K>
struct alignas(2 * sizeof(K)) Item {
  K key;
  uint32_t index;
};

template <class K>
__device__ __forceinline__ bool before(const Item<K>& a, const Item<K>& b) {
  return a.key < b.key || (a.key == b.key && a.index < b.index);
}

/// Rows of `length` elements, all or candidates, are padded to 2^`log_width`.
template <class K>
__global__ void __launch_bounds__(kThreads)
    networkKernel(const Ordering o, const uint32_t* candidates, const int length,
                  const int log_width) {
  __shared__ Item<K> items[kTile];
  const int width = 1 << log_width;
  const int block_rows = 1 << (kLogTile - log_width);
  const int64_t first_row = static_cast<int64_t>(blockIdx.x) * block_rows;
  const int thread = static_cast<int>(threadIdx.x);
  // Neighbouring threads take what are neighbours in memory: elements of a row, or rows.
  const auto rowOf = [&](int i) { return o.inner == 1 ? i >> log_width : i & (block_rows - 1); };
  const auto placeOf = [&](int i) {
    return o.inner == 1 ? i & (width - 1) : i >> (kLogTile - log_width);
  };
  for (int i = thread; i < kTile; i += kThreads) {
    const int64_t row = first_row + rowOf(i);
    const int j = placeOf(i);
    Item<K> item{static_cast<K>(~K{0}), ~0u};
    if (row < o.rows && j < length) {
      item.index = candidates == nullptr ? static_cast<uint32_t>(j) : candidates[row * length + j];
      item.key = keyAt<K>(o, rowBegin(row, o.extent, o.inner) + item.index * o.inner);
    }
    items[(rowOf(i) << log_width) + j] = item;
  }
  __syncthreads();
  for (int run = 2; run <= width; run *= 2) {
    for (int step = run / 2; step > 0; step /= 2) {
      for (int pair = thread; pair < kTile / 2; pair += kThreads) {
        const int low = 2 * pair - (pair & (step - 1));
        const int high = low + step;
        const bool rising = (low & run & (width - 1)) == 0;
        const Item<K> a = items[low];
        const Item<K> b = items[high];
        if (before(b, a) == rising) {
          items[low] = b;
          items[high] = a;
        }
      }
      // Steps of up to 32 stay within the 64 elements of a warp.
      const int next = step > 1 ? step / 2 : run;
      if (step > warpSize || next > warpSize) {
        __syncthreads();
      } else {
        __syncwarp();
      }
    }
  }
  __syncthreads();
  for (int i = thread; i < kTile; i += kThreads) {
    const int64_t row = first_row + rowOf(i);
    const int position = placeOf(i);
    if (row < o.rows && position < o.k)
      place(o, row, position, items[(rowOf(i) << log_width) + position].index);
  }
}

/// Where selecting is cheaper than sorting, by what both read and write.
bool isSelection(const Ordering& ordering) {
  return ordering.k <= kTile && ordering.k <= ordering.extent / 4;
}

}  // namespace

void networkOrder(const Context& context, const Ordering& ordering, const uint32_t* candidates) {
  const int64_t length = candidates == nullptr ? ordering.extent : ordering.k;
  const int log_width = static_cast<int>(std::bit_width(static_cast<uint64_t>(length - 1)));
  const int64_t block_rows = int64_t{1} << (kLogTile - log_width);
  const dim3 grid(gridOf((ordering.rows + block_rows - 1) / block_rows));
  const auto launch = [&](auto* kernel) {
    launchGrid(context, kernel, grid, dim3(kThreads), 0, ordering, candidates,
               static_cast<int>(length), log_width);
  };
  sizeOf(ordering.dtype) == 8 ? launch(networkKernel<uint64_t>) : launch(networkKernel<uint32_t>);
}

size_t orderScratch(const Context& context, const Ordering& ordering) {
  if (ordering.extent <= kTile || ordering.rows == 0) return 0;
  return isSelection(ordering) ? selectScratch(ordering) : radixScratch(context, ordering);
}

void order(const Context& context, const Ordering& ordering, void* scratch) {
  if (ordering.rows == 0 || ordering.k == 0) return;
  if (ordering.extent <= kTile) return networkOrder(context, ordering, nullptr);
  TENON_CHECK(ordering.extent <= int64_t{UINT32_MAX}, kUnsupported, context.op(),
              ": rows of more than ", UINT32_MAX, " elements cannot be ordered on a gpu, found ",
              ordering.extent);
  isSelection(ordering) ? selectOrder(context, ordering, scratch)
                        : radixOrder(context, ordering, scratch);
}

}  // namespace tenon::cuda
