// The first few of long rows, in order, without ordering the rest: topk's case.
//
// Elements are numbers made of their key and, behind it, their index: all are different, and the
// smallest k are wanted. The k-th is found from the highest digit of 8 bits down: all elements that
// agree with the digits known are counted by the next one, and the digit is the first below which,
// with it, there are k. A row is done as soon as everything with one prefix is wanted, mostly
// before the index's digits are looked at. Those up to the k-th are then listed, in any order, and
// put in order by one block (order.cu).
//
// Cost: each digit reads the keys once, as does the listing: 12 to 36 bytes for an element of 4,
// where a sort takes 120.
#include <bit>

#include "device/scan.cuh"
#include "ops/index/order.cuh"

namespace tenon::cuda {
namespace {

constexpr int kDigits = 256;
static_assert(kDigits == kThreads, "each thread has a digit");

/// What is known of a row's k-th element.
template <class K>
struct Bound {
  K key;
  uint32_t index;
  uint32_t left;    ///< how many are wanted of the elements that agree with it so far
  uint32_t listed;  ///< candidates
  bool done;        ///< all of those; lower bits are ones
};

template <class K>
struct Selection {
  Ordering ordering;
  int64_t part;
  int64_t parts;
  Bound<K>* bounds;
  uint32_t* counts;      ///< [row][digit]
  uint32_t* candidates;  ///< [row][k]: indices
};

/// A digit, and the bits above it.
template <class K>
struct Digit {
  bool of_index;
  int shift;
  K key_mask;
  uint32_t index_mask;
};

/// Calls body(key, index) for this thread's elements of its block's part.
template <class K, class F>
__device__ __forceinline__ void forPart(const Selection<K>& s, int64_t row, F&& body) {
  const Ordering& o = s.ordering;
  const int64_t begin = blockIdx.x % s.parts * s.part;
  const int64_t end = begin + s.part < o.extent ? begin + s.part : o.extent;
  const int64_t origin = rowBegin(row, o.extent, o.inner);
  for (int64_t j = begin + threadIdx.x; j < end; j += kThreads)
    body(keyAt<K>(o, origin + j * o.inner), static_cast<uint32_t>(j));
}

template <class K>
__global__ void __launch_bounds__(kThreads) beginKernel(const Selection<K> s) {
  forEachItem(s.ordering.rows * kDigits, [&](int64_t i) {
    s.counts[i] = 0;
    if (i % kDigits == 0) {
      s.bounds[i / kDigits] = {.key = 0,
                               .index = 0,
                               .left = static_cast<uint32_t>(s.ordering.k),
                               .listed = 0,
                               .done = false};
    }
  });
}

template <class K>
__global__ void __launch_bounds__(kThreads)
    countDigitsKernel(const Selection<K> s, const Digit<K> digit) {
  __shared__ uint32_t counts[kDigits];
  const int64_t row = blockIdx.x / s.parts;
  const Bound<K> bound = s.bounds[row];
  if (bound.done) return;
  counts[threadIdx.x] = 0;
  __syncthreads();
  forPart(s, row, [&](K key, uint32_t index) {
    if (((key ^ bound.key) & digit.key_mask) != 0) return;
    if (((index ^ bound.index) & digit.index_mask) != 0) return;
    const auto own = static_cast<uint32_t>((digit.of_index ? index : key) >> digit.shift);
    atomicAdd(&counts[own % kDigits], 1u);
  });
  __syncthreads();
  const uint32_t count = counts[threadIdx.x];
  if (count > 0) atomicAdd(&s.counts[row * kDigits + threadIdx.x], count);
}

/// A block for each row: the digit that the k-th has.
template <class K>
__global__ void __launch_bounds__(kThreads)
    narrowKernel(const Selection<K> s, const Digit<K> digit) {
  __shared__ uint32_t sums[kThreads / 32];
  Bound<K>& bound = s.bounds[blockIdx.x];
  if (bound.done) return;
  uint32_t& own = s.counts[static_cast<int64_t>(blockIdx.x) * kDigits + threadIdx.x];
  const uint32_t count = own;
  own = 0;
  const uint32_t left = bound.left;
  uint32_t all;
  // Meets the block twice: nobody changes the bound before all have read it.
  const uint32_t before = sumBefore(sums, count, all);
  if (left <= before || left > before + count) return;
  const bool done = left - before == count;
  const K lower = done ? (K{1} << digit.shift) - 1 : 0;
  const K bits = static_cast<K>(static_cast<K>(threadIdx.x) << digit.shift | lower);
  bound.left = left - before;
  bound.done = done;
  if (digit.of_index) {
    bound.index |= static_cast<uint32_t>(bits);
  } else {
    bound.key |= bits;
    if (done) bound.index = ~0u;
  }
}

template <class K>
__global__ void __launch_bounds__(kThreads) listKernel(const Selection<K> s) {
  const int64_t row = blockIdx.x / s.parts;
  Bound<K>& bound = s.bounds[row];
  const K last_key = bound.key;
  const uint32_t last_index = bound.index;
  forPart(s, row, [&](K key, uint32_t index) {
    if (key > last_key || (key == last_key && index > last_index)) return;
    s.candidates[row * s.ordering.k + atomicAdd(&bound.listed, 1u)] = index;
  });
}

size_t aligned(size_t bytes) { return (bytes + 255) / 256 * 256; }

template <class K>
void run(const Context& context, const Ordering& o, char* scratch) {
  // Eight blocks fill a multiprocessor; each should have some thousand elements.
  const int64_t wanted = 8 * multiprocessorsOf(context.device());
  const int64_t most = std::min((o.extent + 4095) / 4096, std::max<int64_t>(wanted / o.rows, 1));
  const int64_t part = (o.extent + most - 1) / most;
  const size_t rows = static_cast<size_t>(o.rows);
  const size_t bounds = aligned(rows * sizeof(Bound<K>));
  const size_t counts = aligned(rows * kDigits * sizeof(uint32_t));
  const Selection<K> s{.ordering = o,
                       .part = part,
                       .parts = (o.extent + part - 1) / part,
                       .bounds = reinterpret_cast<Bound<K>*>(scratch),
                       .counts = reinterpret_cast<uint32_t*>(scratch + bounds),
                       .candidates = reinterpret_cast<uint32_t*>(scratch + bounds + counts)};
  const dim3 blocks(gridOf(o.rows * s.parts));
  const auto narrow = [&](const Digit<K>& digit) {
    launchGrid(context, countDigitsKernel<K>, blocks, dim3(kThreads), 0, s, digit);
    launchGrid(context, narrowKernel<K>, dim3(gridOf(o.rows)), dim3(kThreads), 0, s, digit);
  };
  launchItems(context, beginKernel<K>, o.rows * kDigits, s);
  K key_mask = 0;
  for (int shift = 8 * static_cast<int>(sizeOf(o.dtype)) - 8; shift >= 0; shift -= 8) {
    narrow({.of_index = false, .shift = shift, .key_mask = key_mask, .index_mask = 0});
    key_mask = static_cast<K>(key_mask | K{0xFF} << shift);
  }
  uint32_t index_mask = 0;
  const int index_bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(o.extent - 1)));
  for (int shift = (index_bits + 7) / 8 * 8 - 8; shift >= 0; shift -= 8) {
    narrow({.of_index = true, .shift = shift, .key_mask = key_mask, .index_mask = index_mask});
    index_mask |= 0xFFu << shift;
  }
  launchGrid(context, listKernel<K>, blocks, dim3(kThreads), 0, s);
  networkOrder(context, o, s.candidates);
}

}  // namespace

size_t selectScratch(const Ordering& ordering) {
  const size_t rows = static_cast<size_t>(ordering.rows);
  return aligned(rows * sizeof(Bound<uint64_t>)) + aligned(rows * kDigits * sizeof(uint32_t)) +
         rows * static_cast<size_t>(ordering.k) * sizeof(uint32_t);
}

void selectOrder(const Context& context, const Ordering& ordering, void* scratch) {
  if (sizeOf(ordering.dtype) == 8) {
    run<uint64_t>(context, ordering, static_cast<char*>(scratch));
  } else {
    run<uint32_t>(context, ordering, static_cast<char*>(scratch));
  }
}

}  // namespace tenon::cuda
