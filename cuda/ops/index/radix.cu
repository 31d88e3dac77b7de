// Rows of any length, put in order by a stable radix sort from the lowest digit of 8 bits up.
//
// A row is cut into parts, one block each, about as many in all as fill the device. A pass has
// three kernels: each part counts its digits; for each row and digit, counts are summed over the
// parts before; each part moves its elements, tile by tile, to where the sums say. Within a tile,
// warps own consecutive elements and rank equal digits by matching lanes, so order is kept; a tile
// is arranged in shared memory first, so that neighbours are written together. Keys are made of
// the data in the first pass and not written in the last; a kernel at the end fetches values.
//
// Cost per element and pass: the key read twice, the index once, both written once, so 20 bytes for
// keys of 4 bytes (80 in 4 passes, then about 40 for the values from anywhere), 32 for keys of 8
// (256 in 8 passes). At 4 TB/s that is some 30 and 12 elements per nanosecond at most. Types of one
// and two bytes take one and two passes. Rows along another axis than the last are read with their
// stride in the first pass.
#include "device/scan.cuh"
#include "ops/index/order.cuh"

namespace tenon::cuda {
namespace {

constexpr int kDigits = 256;
constexpr int kDigitBits = 8;
constexpr int kWarps = kThreads / 32;
/// Blocks that a multiprocessor holds, by their shared memory and registers.
constexpr int kBlocks = 3;
static_assert(kDigits == kThreads, "each thread has a digit");

/// Elements of a tile for each thread: keys and indices fit 48 KiB beside the counts.
template <class K>
inline constexpr int kEach = sizeof(K) == 8 ? 8 : 16;
template <class K>
inline constexpr int kTile = kThreads* kEach<K>;

template <class K>
struct Pass {
  Ordering ordering;
  const K* keys;  ///< in the first pass they are made of the data, in its order
  const uint32_t* indices;
  K* next_keys;  ///< null: not wanted any more
  uint32_t* next_indices;
  int shift;
  int64_t part;      ///< elements of a part
  int64_t parts;     ///< of each row
  uint32_t* counts;  ///< [row][digit][part], then the sums of the parts before
  uint32_t* totals;  ///< [row][digit]
};

/// The key at place `at` of what the pass reads.
template <bool kFirst, class K>
__device__ __forceinline__ K keyOf(const Pass<K>& pass, int64_t at) {
  if constexpr (kFirst) {
    return keyAt<K>(pass.ordering, at);
  } else {
    return pass.keys[at];
  }
}

template <class K>
__device__ __forceinline__ int digitOf(const Pass<K>& pass, K key) {
  return static_cast<int>(key >> pass.shift & (kDigits - 1));
}

/// What a block works on: elements [begin, end) of a row, of which element j is read at `origin` +
/// j · `step`.
template <bool kFirst>
struct Part {
  int64_t row;
  int64_t number;
  int64_t begin;
  int64_t end;
  int64_t origin;
  int64_t step;

  template <class K>
  __device__ __forceinline__ explicit Part(const Pass<K>& pass)
      : row(blockIdx.x / pass.parts), number(blockIdx.x % pass.parts), begin(number * pass.part) {
    const Ordering& o = pass.ordering;
    end = begin + pass.part < o.extent ? begin + pass.part : o.extent;
    origin = kFirst ? rowBegin(row, o.extent, o.inner) : row * o.extent;
    step = kFirst ? o.inner : 1;
  }
};

template <bool kFirst, class K>
__global__ void __launch_bounds__(kThreads) countKernel(const Pass<K> pass) {
  // A table for each warp: equal keys meet less often.
  __shared__ uint32_t counts[kWarps][kDigits];
  const int thread = static_cast<int>(threadIdx.x);
  for (int w = 0; w < kWarps; ++w) counts[w][thread] = 0;
  __syncthreads();
  const Part<kFirst> part(pass);
  for (int64_t j = part.begin + thread; j < part.end; j += kThreads) {
    const K key = keyOf<kFirst>(pass, part.origin + j * part.step);
    atomicAdd(&counts[thread / warpSize][digitOf(pass, key)], 1u);
  }
  __syncthreads();
  uint32_t sum = 0;
  for (int w = 0; w < kWarps; ++w) sum += counts[w][thread];
  pass.counts[(part.row * kDigits + thread) * pass.parts + part.number] = sum;
}

/// For rows of so few parts that a thread does for each row and digit: of more, there are too few
/// rows to care.
constexpr int64_t kFewParts = 2;
template <class K>
__global__ void __launch_bounds__(kThreads) sumFewKernel(const Pass<K> pass) {
  forEachItem(pass.ordering.rows * kDigits, [&](int64_t own) {
    uint32_t* const counts = pass.counts + own * pass.parts;
    uint32_t before = 0;
    for (int64_t i = 0; i < pass.parts; ++i) {
      const uint32_t count = counts[i];
      counts[i] = before;
      before += count;
    }
    pass.totals[own] = before;
  });
}

/// A warp for each row and digit.
template <class K>
__global__ void __launch_bounds__(kThreads) sumKernel(const Pass<K> pass) {
  const int lane = static_cast<int>(threadIdx.x) % warpSize;
  const int64_t own = (static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x) / warpSize;
  uint32_t* const counts = pass.counts + own * pass.parts;
  uint32_t before = 0;
  for (int64_t first = 0; first < pass.parts; first += warpSize) {
    const bool inside = first + lane < pass.parts;
    const uint32_t count = inside ? counts[first + lane] : 0;
    uint32_t sum = count;
    for (int by = 1; by < warpSize; by *= 2) {
      const uint32_t other = __shfl_up_sync(~0u, sum, static_cast<unsigned>(by));
      if (lane >= by) sum += other;
    }
    if (inside) counts[first + lane] = before + sum - count;
    before += __shfl_sync(~0u, sum, warpSize - 1);
  }
  if (lane == 0) pass.totals[own] = before;
}

/// What the blocks of moveKernel share among their threads.
template <class K>
struct TileMemory {
  K keys[kTile<K>];
  uint32_t indices[kTile<K>];
  /// Equal digits of the tile in the warps before; the last are for places beyond the end.
  uint32_t before[kWarps][kDigits + 1];
  uint32_t tile_begin[kDigits];  ///< of each digit in the tile
  uint32_t row_begin[kDigits];   ///< where its next elements go
  uint32_t sums[kWarps];
};

/// Reads the warp's elements of a tile, `count` from place `at` on, and ranks each among those with
/// the same digit, counting on in `before`.
template <bool kFirst, class K>
__device__ __forceinline__ void rankTile(const Pass<K>& pass, int64_t at, int64_t step, int count,
                                         uint32_t* before, K (&keys)[kEach<K>],
                                         uint32_t (&ranks)[kEach<K>]) {
  const int lane = static_cast<int>(threadIdx.x) % warpSize;
  const unsigned lanes_before = (1u << lane) - 1;
  at += lane * step;
#pragma unroll
  for (int i = 0; i < kEach<K>; ++i) {
    keys[i] = i * warpSize + lane < count ? keyOf<kFirst>(pass, at) : K{};
    at += warpSize * step;
  }
#pragma unroll
  for (int i = 0; i < kEach<K>; ++i) {
    const int digit = i * warpSize + lane < count ? digitOf(pass, keys[i]) : kDigits;
    const unsigned same = __match_any_sync(~0u, digit);
    const unsigned lower = same & lanes_before;
    const uint32_t base = before[digit];
    ranks[i] = base + static_cast<uint32_t>(__popc(lower));
    __syncwarp();
    if (lower == 0) before[digit] = base + static_cast<uint32_t>(__popc(same));
    __syncwarp();
  }
}

template <bool kFirst, class K>
__global__ void __launch_bounds__(kThreads, kBlocks) moveKernel(const Pass<K> pass) {
  __shared__ TileMemory<K> tile;
  const int thread = static_cast<int>(threadIdx.x);
  const int warp = thread / warpSize;
  const int first = warp * (kEach<K> * warpSize);
  const Part<kFirst> part(pass);
  uint32_t all;
  tile.row_begin[thread] = sumBefore(tile.sums, pass.totals[part.row * kDigits + thread], all) +
                           pass.counts[(part.row * kDigits + thread) * pass.parts + part.number];
  if (thread < kWarps) tile.before[thread][kDigits] = 0;
  for (int64_t begin = part.begin; begin < part.end; begin += kTile<K>) {
    for (int w = 0; w < kWarps; ++w) tile.before[w][thread] = 0;
    __syncthreads();
    const int count =
        static_cast<int>(part.end - begin < kTile<K> ? part.end - begin : kTile<K>) - first;
    K keys[kEach<K>];
    uint32_t ranks[kEach<K>];
    rankTile<kFirst>(pass, part.origin + (begin + first) * part.step, part.step, count,
                     tile.before[warp], keys, ranks);
    __syncthreads();
    uint32_t own = 0;
    for (int w = 0; w < kWarps; ++w) {
      const uint32_t of_warp = tile.before[w][thread];
      tile.before[w][thread] = own;
      own += of_warp;
    }
    tile.tile_begin[thread] = sumBefore(tile.sums, own, all);
    __syncthreads();
    const int64_t row_first = begin + first + thread % warpSize;
#pragma unroll
    for (int i = 0; i < kEach<K>; ++i) {
      if (i * warpSize + thread % warpSize >= count) continue;
      const int digit = digitOf(pass, keys[i]);
      const uint32_t at = tile.tile_begin[digit] + tile.before[warp][digit] + ranks[i];
      const int64_t j = row_first + i * warpSize;
      tile.keys[at] = keys[i];
      tile.indices[at] = kFirst ? static_cast<uint32_t>(j) : pass.indices[part.origin + j];
    }
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < all; i += kThreads) {
      const K key = tile.keys[i];
      const int digit = digitOf(pass, key);
      const int64_t to =
          part.row * pass.ordering.extent + tile.row_begin[digit] + i - tile.tile_begin[digit];
      if (pass.next_keys != nullptr) pass.next_keys[to] = key;
      pass.next_indices[to] = tile.indices[i];
    }
    __syncthreads();
    tile.row_begin[thread] += own;
  }
}

__global__ void __launch_bounds__(kThreads)
    placeKernel(const Ordering o, const uint32_t* const indices) {
  forEachItem(o.rows * o.k, [&](int64_t i) {
    const int64_t row = i / o.k;
    const int64_t position = i % o.k;
    place(o, row, position, indices[row * o.extent + position]);
  });
}

/// How rows are cut, and where in the scratch memory everything lies.
template <class K>
struct RadixPlan {
  int passes;
  int64_t part;
  int64_t parts;
  size_t keys[2];
  size_t indices[2];
  size_t counts;
  size_t totals;
  size_t bytes = 0;

  RadixPlan(const Context& context, const Ordering& o) {
    passes = (o.bits + kDigitBits - 1) / kDigitBits;
    const int64_t tiles = (o.extent + kTile<K> - 1) / kTile<K>;
    const int64_t wanted = kBlocks * multiprocessorsOf(context.device());
    const int64_t most = std::min(tiles, std::max<int64_t>(wanted / o.rows, 1));
    part = (tiles + most - 1) / most * kTile<K>;
    parts = (o.extent + part - 1) / part;
    const int64_t size = o.rows * o.extent;
    for (int i = 0; i < 2; ++i) {
      keys[i] = take(passes > i + 1 ? size : 0, sizeof(K));
      indices[i] = take(passes > i ? size : 0, sizeof(uint32_t));
    }
    counts = take(o.rows * kDigits * parts, sizeof(uint32_t));
    totals = take(o.rows * kDigits, sizeof(uint32_t));
  }

 private:
  size_t take(int64_t count, size_t size) {
    const size_t at = bytes;
    bytes += (static_cast<size_t>(count) * size + 255) / 256 * 256;
    return at;
  }
};

template <class K>
void run(const Context& context, const Ordering& o, char* scratch) {
  const RadixPlan<K> plan(context, o);
  Pass<K> pass{.ordering = o,
               .keys = nullptr,
               .indices = nullptr,
               .next_keys = nullptr,
               .next_indices = nullptr,
               .shift = 0,
               .part = plan.part,
               .parts = plan.parts,
               .counts = reinterpret_cast<uint32_t*>(scratch + plan.counts),
               .totals = reinterpret_cast<uint32_t*>(scratch + plan.totals)};
  const dim3 blocks(gridOf(o.rows * plan.parts));
  for (int i = 0; i < plan.passes; ++i) {
    pass.next_keys =
        i + 1 < plan.passes ? reinterpret_cast<K*>(scratch + plan.keys[i % 2]) : nullptr;
    pass.next_indices = reinterpret_cast<uint32_t*>(scratch + plan.indices[i % 2]);
    pass.shift = i * kDigitBits;
    launchGrid(context, i == 0 ? countKernel<true, K> : countKernel<false, K>, blocks,
               dim3(kThreads), 0, pass);
    if (plan.parts <= kFewParts) {
      launchItems(context, sumFewKernel<K>, o.rows * kDigits, pass);
    } else {
      launchGrid(context, sumKernel<K>, dim3(gridOf(o.rows * kDigits / kWarps)), dim3(kThreads), 0,
                 pass);
    }
    launchGrid(context, i == 0 ? moveKernel<true, K> : moveKernel<false, K>, blocks, dim3(kThreads),
               0, pass);
    pass.keys = pass.next_keys;
    pass.indices = pass.next_indices;
  }
  launchItems(context, placeKernel, o.rows * o.k, o, pass.indices);
}

}  // namespace

size_t radixScratch(const Context& context, const Ordering& ordering) {
  return sizeOf(ordering.dtype) == 8 ? RadixPlan<uint64_t>(context, ordering).bytes
                                     : RadixPlan<uint32_t>(context, ordering).bytes;
}

void radixOrder(const Context& context, const Ordering& ordering, void* scratch) {
  if (sizeOf(ordering.dtype) == 8) {
    run<uint64_t>(context, ordering, static_cast<char*>(scratch));
  } else {
    run<uint32_t>(context, ordering, static_cast<char*>(scratch));
  }
}

}  // namespace tenon::cuda
