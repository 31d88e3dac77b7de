// Moves: what operators that only carry elements from one place to another are made of. Their own
// code is the CPU's, in cpp/ops/shape; here is the mover behind it.
//
// A copy is of one of three kinds, all compiled for sizes of elements, not for types. Contiguous
// rows are read and written in units of up to 16 bytes, and many such copies (a join of forty
// arrays) are one launch. Where source and target are contiguous along different loops (a
// transposition), tiles go through shared memory, so that reads and writes are both of neighbouring
// elements. Everything else walks the target, several elements to a thread.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "device/unit.cuh"
#include "device/walk.cuh"
#include "ops/shape/strided_sum.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

template <size_t kBytes>
using Unit = typename AccessOf<kBytes>::Type;
/// Units that a thread has in flight.
constexpr int kEach = 4;

/// A copy's loops, in units of so many bytes: of elements, or of several where all loops allow it.
struct Loops {
  const void* from;
  void* to;
  int64_t bytes;
  int count;
  MoveLoop loop[CopyNest::kMaxLoops];

  const MoveLoop& inner() const { return loop[count - 1]; }
};

/// `fill`: the source is one element, repeated; else it has to be contiguous, too.
Loops widened(const PluginMove& move, bool fill) {
  Loops loops{};
  loops.from = move.from;
  loops.to = move.to;
  loops.bytes = move.element_bytes;
  loops.count = move.num_loops;
  std::copy_n(move.loops, move.num_loops, loops.loop);
  const MoveLoop inner = loops.inner();
  if (inner.to != 1 || (!fill && inner.from != 1)) return loops;
  // The lowest bit that is set in any of these is the widest unit.
  uint64_t all = 16 | reinterpret_cast<uintptr_t>(move.to) |
                 static_cast<uint64_t>(inner.extent * move.element_bytes);
  if (!fill) all |= reinterpret_cast<uintptr_t>(move.from);
  for (int i = 0; i + 1 < loops.count; ++i) {
    all |= static_cast<uint64_t>(loops.loop[i].to * move.element_bytes);
    if (!fill) all |= static_cast<uint64_t>(loops.loop[i].from * move.element_bytes);
  }
  const int64_t factor = (int64_t{1} << std::countr_zero(all)) / move.element_bytes;
  if (factor <= 1) return loops;
  loops.bytes *= factor;
  loops.loop[loops.count - 1].extent /= factor;
  for (int i = 0; i + 1 < loops.count; ++i) {
    loops.loop[i].from /= factor;
    loops.loop[i].to /= factor;
  }
  return loops;
}

// Rows.

/// Contiguous rows at equal distances.
struct Rows {
  const void* from;
  void* to;
  int64_t row;  ///< units of a row
  int64_t from_step;
  int64_t to_step;
  int64_t units;  ///< of all rows
  Divider by_row;
  unsigned first_block;
  int16_t bytes;  ///< of a unit
  bool narrow;    ///< all numbers of units are below 2^31
};

/// So many copies to a launch.
constexpr int kMostRows = 50;

struct RowsArgs {
  int count;
  Rows rows[kMostRows];
};
static_assert(sizeof(RowsArgs) <= 4096);

template <class U>
__device__ __forceinline__ void copyRows(const Rows& rows, int64_t first) {
  U values[kEach];
  int64_t to[kEach];
#pragma unroll
  for (int k = 0; k < kEach; ++k) {
    const int64_t unit = first + k * kThreads;
    if (unit >= rows.units) continue;
    const int64_t row =
        rows.narrow ? rows.by_row.divide(static_cast<uint32_t>(unit)) : unit / rows.row;
    const int64_t column = unit - row * rows.row;
    values[k] = static_cast<const U*>(rows.from)[row * rows.from_step + column];
    to[k] = row * rows.to_step + column;
  }
#pragma unroll
  for (int k = 0; k < kEach; ++k) {
    if (first + k * kThreads < rows.units) static_cast<U*>(rows.to)[to[k]] = values[k];
  }
}

/// Blocks are shared out to the copies one after the other.
__global__ void __launch_bounds__(kThreads) rowsKernel(const RowsArgs args) {
  int low = 0;
  int high = args.count;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (args.rows[middle].first_block <= blockIdx.x ? low : high) = middle;
  }
  const Rows& rows = args.rows[low];
  const int64_t block = blockIdx.x - rows.first_block;
  const int64_t first = block * kThreads * kEach + threadIdx.x;
  switch (rows.bytes) {
    case 1:
      return copyRows<Unit<1>>(rows, first);
    case 2:
      return copyRows<Unit<2>>(rows, first);
    case 4:
      return copyRows<Unit<4>>(rows, first);
    case 8:
      return copyRows<Unit<8>>(rows, first);
    default:
      return copyRows<Unit<16>>(rows, first);
  }
}

/// Copies of rows, collected for one launch.
class RowsBatch {
 public:
  explicit RowsBatch(const Context& context) : context_(context) {}

  void add(const Loops& loops) {
    if (args_.count == kMostRows) issue();
    Rows& rows = args_.rows[args_.count++];
    const bool one = loops.count == 1;
    const int64_t row = loops.inner().extent;
    const int64_t units = one ? row : row * loops.loop[0].extent;
    rows = {.from = loops.from,
            .to = loops.to,
            .row = row,
            .from_step = one ? 0 : loops.loop[0].from,
            .to_step = one ? 0 : loops.loop[0].to,
            .units = units,
            .by_row = {},
            .first_block = blocks_,
            .bytes = static_cast<int16_t>(loops.bytes),
            .narrow = units < (int64_t{1} << 31)};
    if (rows.narrow) rows.by_row = Divider(static_cast<uint32_t>(row));
    blocks_ += gridOf((units + kThreads * kEach - 1) / (kThreads * kEach));
  }

  void issue() {
    if (args_.count == 1 && args_.rows[0].units == args_.rows[0].row) {
      const Rows& only = args_.rows[0];
      context_.queue().check(
          cudaMemcpyAsync(only.to, only.from, static_cast<size_t>(only.units * only.bytes),
                          cudaMemcpyDeviceToDevice, context_.stream()),
          context_.op());
    } else {
      launchGrid<Threads::kAlone>(context_, rowsKernel, dim3(blocks_), dim3(kThreads), 0, args_);
    }
    args_.count = 0;
    blocks_ = 0;
  }

 private:
  const Context& context_;
  RowsArgs args_{};
  unsigned blocks_ = 0;
};

// Tiles.

/// Along `cross` the source is contiguous, along `inner` the target.
struct TileArgs {
  Walk<2, CopyNest::kMaxLoops> outer;
  const void* from;
  void* to;
  MoveLoop cross;
  MoveLoop inner;
  int64_t down;    ///< tiles along `inner`
  int64_t across;  ///< tiles along `cross`
  int64_t tiles;
};

template <class U>
constexpr int kTile = sizeof(U) <= 2 ? 64 : 32;

template <class U>
__global__ void __launch_bounds__(kThreads) tileKernel(const TileArgs args) {
  constexpr int kSide = kTile<U>;
  constexpr int kStep = kThreads / kSide;
  // Rows are a word longer than they need be, so that a column's elements lie in different banks.
  constexpr int kRow = kSide + (sizeof(U) < 4 ? 4 / static_cast<int>(sizeof(U)) : 1);
  __shared__ U tile[kSide][kRow];
  const int x = static_cast<int>(threadIdx.x) % kSide;
  const int y = static_cast<int>(threadIdx.x) / kSide;
  for (int64_t t = blockIdx.x; t < args.tiles; t += gridDim.x) {
    const int64_t rest = t / args.across;
    const int64_t cross = (t - rest * args.across) * kSide;
    const int64_t outer = rest / args.down;
    const int64_t inner = (rest - outer * args.down) * kSide;
    int64_t at[2];
    args.outer.offsets(outer, at);
    const U* from = static_cast<const U*>(args.from) + at[0];
    U* to = static_cast<U*>(args.to) + at[1];
    if (cross + x < args.cross.extent) {
#pragma unroll
      for (int i = 0; i < kSide / kStep; ++i) {
        const int j = y + i * kStep;
        if (inner + j < args.inner.extent)
          tile[j][x] = from[(cross + x) * args.cross.from + (inner + j) * args.inner.from];
      }
    }
    __syncthreads();
    if (inner + x < args.inner.extent) {
#pragma unroll
      for (int i = 0; i < kSide / kStep; ++i) {
        const int j = y + i * kStep;
        if (cross + j < args.cross.extent) to[(cross + j) * args.cross.to + inner + x] = tile[x][j];
      }
    }
    __syncthreads();
  }
}

/// Loops shorter than this fill no tile.
constexpr int64_t kLeastSide = 16;

/// The loop along which the source is contiguous, if tiles pay; else -1.
int crossedLoop(const Loops& loops) {
  const MoveLoop& inner = loops.inner();
  if (inner.to != 1 || std::abs(inner.from) <= 1 || inner.extent < kLeastSide) return -1;
  for (int i = 0; i + 1 < loops.count; ++i) {
    if (std::abs(loops.loop[i].from) == 1 && loops.loop[i].extent >= kLeastSide) return i;
  }
  return -1;
}

template <class U>
void launchTiles(const Context& context, const Loops& loops, int crossed) {
  TileArgs args{};
  args.from = loops.from;
  args.to = loops.to;
  args.cross = loops.loop[crossed];
  args.inner = loops.inner();
  int64_t outer = 1;
  for (int i = 0; i + 1 < loops.count; ++i) {
    if (i == crossed) continue;
    args.outer.append(loops.loop[i].extent, {loops.loop[i].from, loops.loop[i].to});
    outer *= loops.loop[i].extent;
  }
  args.outer.finish(outer);
  args.down = (args.inner.extent + kTile<U> - 1) / kTile<U>;
  args.across = (args.cross.extent + kTile<U> - 1) / kTile<U>;
  args.tiles = outer * args.down * args.across;
  launchGrid(context, tileKernel<U>, dim3(blocksFor(context, args.tiles * kThreads)),
             dim3(kThreads), 0, args);
}

// Walks.

template <class U>
struct WalkArgs {
  Walk<2, CopyNest::kMaxLoops> walk;
  const void* from;  ///< null: `value` it is
  void* to;
  int64_t units;
  U value;
};

template <class U>
__global__ void __launch_bounds__(kThreads) walkKernel(const WalkArgs<U> args) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t first = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
       first < args.units; first += kEach * step) {
    U values[kEach];
    int64_t to[kEach];
#pragma unroll
    for (int k = 0; k < kEach; ++k) {
      const int64_t unit = first + k * step;
      if (unit >= args.units) continue;
      int64_t at[2];
      args.walk.offsets(unit, at);
      values[k] = args.from == nullptr ? args.value : static_cast<const U*>(args.from)[at[0]];
      to[k] = at[1];
    }
#pragma unroll
    for (int k = 0; k < kEach; ++k) {
      if (first + k * step < args.units) static_cast<U*>(args.to)[to[k]] = values[k];
    }
  }
}

/// `value`: 16 bytes of what is filled in; null for copies.
template <class U>
void launchWalk(const Context& context, const Loops& loops, const unsigned char* value) {
  WalkArgs<U> args{};
  args.from = loops.from;
  args.to = loops.to;
  if (value != nullptr) std::memcpy(&args.value, value, sizeof(U));
  args.units = 1;
  for (int i = 0; i < loops.count; ++i) {
    args.walk.append(loops.loop[i].extent,
                     {value != nullptr ? 0 : loops.loop[i].from, loops.loop[i].to});
    args.units *= loops.loop[i].extent;
  }
  args.walk.finish(args.units);
  launchItems(context, walkKernel<U>, args.units, args);
}

void zero(const Context& context, void* to, int64_t bytes) {
  context.queue().check(cudaMemsetAsync(to, 0, static_cast<size_t>(bytes), context.stream()),
                        context.op());
}

void fillElements(const Context& context, const PluginMove& move) {
  const auto size = static_cast<size_t>(move.element_bytes);
  const bool dense = move.num_loops == 1 && move.loops[0].to == 1;
  if (dense && std::all_of(move.element, move.element + size, [](int byte) { return byte == 0; }))
    return zero(context, move.to, move.loops[0].extent * move.element_bytes);
  unsigned char value[16];
  for (size_t i = 0; i < sizeof value; i += size) std::memcpy(value + i, move.element, size);
  const Loops loops = widened(move, true);
  withUnit(loops.bytes, {}, [&]<class U>(U) { launchWalk<U>(context, loops, value); });
}

void copyElements(const Context& context, const PluginMove& move, RowsBatch& rows) {
  const Loops loops = widened(move, false);
  if (loops.count <= 2 && loops.inner().from == 1 && loops.inner().to == 1) return rows.add(loops);
  const int crossed = crossedLoop(loops);
  withUnit(loops.bytes, {}, [&]<class U>(U) {
    if constexpr (sizeof(U) <= 8) {
      if (crossed >= 0) return launchTiles<U>(context, loops, crossed);
    }
    launchWalk<U>(context, loops, nullptr);
  });
}

void issueMoves(const Context& context, std::span<const PluginMove> moves) {
  RowsBatch rows(context);
  for (const PluginMove& move : moves) {
    if (move.kind != MoveKind::kCopy || move.settled) rows.issue();
    switch (move.kind) {
      case MoveKind::kCopy:
        copyElements(context, move, rows);
        break;
      case MoveKind::kFill:
        fillElements(context, move);
        break;
      case MoveKind::kSum:
        stridedSum(context, move);
        break;
      case MoveKind::kBytes:
        context.queue().check(cudaMemcpyAsync(move.to, move.from, static_cast<size_t>(move.bytes),
                                              cudaMemcpyDeviceToDevice, context.stream()),
                              context.op());
        break;
      case MoveKind::kZero:
        zero(context, move.to, move.bytes);
        break;
    }
  }
  rows.issue();
}

const MoveRegistration kMoves(issueMoves);

}  // namespace
}  // namespace tenon::cuda
