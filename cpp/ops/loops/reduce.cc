#include "ops/loops/reduce.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "ops/loops/map.h"

namespace tenon {
namespace {

/// A run is folded in blocks of so many elements; also the width of a strip of columns.
constexpr int64_t kBlock = 1024;
/// Rows of a strip that share an accumulator before it joins the strip's.
constexpr int64_t kBlockRows = 256;
/// Elements that are worth a thread.
constexpr int64_t kFloor = 16384;
/// Accumulators are double or int64_t.
constexpr int64_t kAccBytes = 8;

/// Axes of one kind, walked in order.
struct Axes {
  int rank = 0;
  int64_t extents[Shape::kMaxRank] = {};
  int64_t strides[Shape::kMaxRank] = {};

  void add(int64_t extent, int64_t stride) {
    extents[rank] = extent;
    strides[rank++] = stride;
  }
  int64_t count() const {
    int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= extents[i];
    return n;
  }
  int64_t offset(int64_t index) const {
    int64_t sum = 0;
    for (int i = rank - 1; i >= 0; --i) {
      sum += index % extents[i] * strides[i];
      index /= extents[i];
    }
    return sum;
  }
};

/// The input as runs of contiguous elements, all reduced (`rows`) or all kept (`columns`), and the
/// other axes.
struct Layouted {
  Axes kept;
  Axes reduced;
  int64_t run = 1;
  bool rows = true;
};

Layouted arrange(const TensorView& in, const bool* reduced) {
  // Neighbouring axes of one kind are one axis, since the input is dense.
  Axes merged;
  bool kinds[Shape::kMaxRank] = {};
  for (int axis = 0; axis < in.shape.rank(); ++axis) {
    if (in.shape[axis] == 1) continue;
    if (merged.rank > 0 && kinds[merged.rank - 1] == reduced[axis]) {
      merged.extents[merged.rank - 1] *= in.shape[axis];
      merged.strides[merged.rank - 1] = in.strides[axis];
    } else {
      kinds[merged.rank] = reduced[axis];
      merged.add(in.shape[axis], in.strides[axis]);
    }
  }
  Layouted result;
  if (merged.rank == 0) return result;
  const int last = merged.rank - 1;
  result.run = merged.extents[last];
  result.rows = kinds[last];
  for (int i = 0; i < last; ++i) {
    (kinds[i] ? result.reduced : result.kept).add(merged.extents[i], merged.strides[i]);
  }
  return result;
}

struct Job {
  ReduceLoops loops;
  Converter load = nullptr;  ///< null: stored as computed
  int64_t bytes = 0;         ///< of an element
  const char* data = nullptr;

  /// Elements [at, at + n) as the type computed in, by way of `buffer` if need be; n <= kBlock.
  const void* elements(int64_t at, int64_t n, void* buffer) const {
    const char* from = data + at * bytes;
    if (!load) return from;
    load(n, from, buffer);
    return buffer;
  }
};

/// Folds block `block` of the run that begins at `at`.
void foldBlock(const Job& job, int64_t at, int64_t run, int64_t block, char* acc) {
  alignas(64) char buffer[kBlock * 8];
  const int64_t begin = block * kBlock;
  const int64_t n = std::min(kBlock, run - begin);
  job.loops.row(n, job.elements(at + begin, n, buffer), acc);
}

/// Rows: each output folds the blocks of its runs, one after the other.
void reduceRows(const Job& job, const Layouted& how, char* acc, char* partials, int64_t outputs) {
  const int64_t runs = how.reduced.count();
  const int64_t blocks = (how.run + kBlock - 1) / kBlock;
  const int64_t per_output = runs * blocks;
  const int64_t cost = runs * how.run;
  if (!partials) {
    parallelFor(outputs, std::max<int64_t>(1, kFloor / std::max<int64_t>(cost, 1)),
                [&](int64_t first, int64_t last) {
                  for (int64_t o = first; o < last; ++o) {
                    char* own = acc + o * kAccBytes;
                    const int64_t base = how.kept.offset(o);
                    for (int64_t i = 0; i < per_output; ++i) {
                      alignas(8) char part[kAccBytes];
                      foldBlock(job, base + how.reduced.offset(i / blocks), how.run, i % blocks,
                                i == 0 ? own : part);
                      if (i > 0) job.loops.merge(1, part, own);
                    }
                  }
                });
    return;
  }
  // Few outputs, many blocks: the blocks in parallel, then joined in the same order.
  const int64_t block_cost = std::min(kBlock, how.run);
  parallelFor(outputs * per_output, std::max<int64_t>(1, kFloor / block_cost),
              [&](int64_t first, int64_t last) {
                for (int64_t i = first; i < last; ++i) {
                  const int64_t base = how.kept.offset(i / per_output);
                  const int64_t within = i % per_output;
                  foldBlock(job, base + how.reduced.offset(within / blocks), how.run,
                            within % blocks, partials + i * kAccBytes);
                }
              });
  for (int64_t i = 0; i < outputs * per_output; ++i) {
    char* own = acc + i / per_output * kAccBytes;
    const char* part = partials + i * kAccBytes;
    if (i % per_output == 0) {
      std::copy_n(part, kAccBytes, own);
    } else {
      job.loops.merge(1, part, own);
    }
  }
}

/// Folds rows [first, last) of a strip of n columns into acc.
void foldStrip(const Job& job, const Layouted& how, int64_t base, int64_t n, int64_t first,
               int64_t last, char* acc) {
  alignas(64) char buffer[kBlock * 8];
  job.loops.start(n, acc);
  for (int64_t r = first; r < last; ++r) {
    job.loops.column(n, job.elements(base + how.reduced.offset(r), n, buffer), acc);
  }
}

/// Columns: strips of the kept run, each folding blocks of rows.
void reduceColumns(const Job& job, const Layouted& how, char* acc, char* partials) {
  const int64_t rows = how.reduced.count();
  const int64_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  const int64_t strips = (how.run + kBlock - 1) / kBlock;
  const int64_t tasks = how.kept.count() * strips;
  const int64_t width = std::min(kBlock, how.run);
  const auto strip = [&](int64_t task, int64_t& n, int64_t& base) {
    const int64_t column = task % strips * kBlock;
    n = std::min(kBlock, how.run - column);
    base = how.kept.offset(task / strips) + column;
    return acc + (task / strips * how.run + column) * kAccBytes;
  };
  if (!partials) {
    parallelFor(tasks, std::max<int64_t>(1, kFloor / std::max<int64_t>(rows * width, 1)),
                [&](int64_t first, int64_t last) {
                  alignas(64) char part[kBlock * kAccBytes];
                  for (int64_t task = first; task < last; ++task) {
                    int64_t n = 0;
                    int64_t base = 0;
                    char* own = strip(task, n, base);
                    for (int64_t block = 0; block < blocks; ++block) {
                      const int64_t end = std::min(rows, (block + 1) * kBlockRows);
                      foldStrip(job, how, base, n, block * kBlockRows, end,
                                block == 0 ? own : part);
                      if (block > 0) job.loops.merge(n, part, own);
                    }
                  }
                });
    return;
  }
  parallelFor(tasks * blocks, std::max<int64_t>(1, kFloor / (kBlockRows * width)),
              [&](int64_t first, int64_t last) {
                for (int64_t i = first; i < last; ++i) {
                  int64_t n = 0;
                  int64_t base = 0;
                  strip(i / blocks, n, base);
                  const int64_t begin = i % blocks * kBlockRows;
                  foldStrip(job, how, base, n, begin, std::min(rows, begin + kBlockRows),
                            partials + i * width * kAccBytes);
                }
              });
  for (int64_t i = 0; i < tasks * blocks; ++i) {
    int64_t n = 0;
    int64_t base = 0;
    char* own = strip(i / blocks, n, base);
    const char* part = partials + i * width * kAccBytes;
    if (i % blocks == 0) {
      std::copy_n(part, n * kAccBytes, own);
    } else {
      job.loops.merge(n, part, own);
    }
  }
}

Compute computeOf(ReduceFinish finish, DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat16:
    case DType::kBFloat16:
      return Compute::kF32;
    case DType::kFloat64:
      return Compute::kF64;
    default:
      break;
  }
  if (finish == ReduceFinish::kRoot) return Compute::kF64;
  return dtype == DType::kInt64 ? Compute::kI64 : Compute::kI32;
}

void finishAll(ReduceFinish finish, bool integers, int64_t n, int64_t outputs, char* acc) {
  if (finish == ReduceFinish::kNone) return;
  if (integers) {
    auto* values = reinterpret_cast<int64_t*>(acc);
    for (int64_t i = 0; i < outputs; ++i) values[i] = n == 0 ? 0 : values[i] / n;
    return;
  }
  auto* values = reinterpret_cast<double*>(acc);
  for (int64_t i = 0; i < outputs; ++i) {
    values[i] =
        finish == ReduceFinish::kRoot ? std::sqrt(values[i]) : values[i] / static_cast<double>(n);
  }
}

}  // namespace

void reduceAxes(KernelContext& context, ReduceFn fn, ReduceFinish finish, const TensorView& in,
                const bool* reduced, const TensorView& out, Request request) {
  const int64_t outputs = out.size();
  if (request == Request::kNull || outputs == 0) return;
  const LoopTables& tables = loopTables();
  const Compute compute = computeOf(finish, in.dtype);
  const bool integers = compute == Compute::kI32 || compute == Compute::kI64;
  Job job;
  job.loops = tables.reduce[static_cast<size_t>(fn)][static_cast<size_t>(compute)];
  job.load = tables.convert->load[static_cast<size_t>(in.dtype)][static_cast<size_t>(compute)];
  job.bytes = static_cast<int64_t>(sizeOf(in.dtype));
  job.data = static_cast<const char*>(in.data);

  int64_t count = 1;
  for (int axis = 0; axis < in.shape.rank(); ++axis) count *= reduced[axis] ? in.shape[axis] : 1;
  if (count == 0) {
    char* acc = static_cast<char*>(context.workspace(static_cast<size_t>(outputs * kAccBytes)));
    job.loops.start(outputs, acc);
    finishAll(finish, integers, count, outputs, acc);
    mapCopy(
        denseView(acc, Shape({outputs}), integers ? DType::kInt64 : DType::kFloat64, out.device),
        denseView(out.data, Shape({outputs}), out.dtype, out.device), request);
    return;
  }

  const Layouted how = arrange(in, reduced);
  // One output per thread at least, or else the pieces of each are shared out.
  const int64_t pieces = how.rows ? outputs : how.kept.count() * ((how.run + kBlock - 1) / kBlock);
  const int64_t parts = how.rows ? how.reduced.count() * ((how.run + kBlock - 1) / kBlock)
                                 : (how.reduced.count() + kBlockRows - 1) / kBlockRows;
  const bool shares = pieces < threadCount() * 2 && parts > 1 && outputs * count >= 2 * kFloor;
  const int64_t width = how.rows ? 1 : std::min(kBlock, how.run);
  const int64_t partial_count = shares ? pieces * parts * width : 0;
  char* acc = static_cast<char*>(
      context.workspace(static_cast<size_t>((outputs + partial_count) * kAccBytes)));
  char* partials = shares ? acc + outputs * kAccBytes : nullptr;
  if (how.rows) {
    reduceRows(job, how, acc, partials, outputs);
  } else {
    reduceColumns(job, how, acc, partials);
  }
  finishAll(finish, integers, count, outputs, acc);
  mapCopy(denseView(acc, Shape({outputs}), integers ? DType::kInt64 : DType::kFloat64, out.device),
          denseView(out.data, Shape({outputs}), out.dtype, out.device), request);
}

}  // namespace tenon
