#include "ops/loops/map.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/loops/loop.h"

namespace tenon {
namespace {

/// Bytes that pass through a chunk's buffers at a time: three of them stay within the first-level
/// cache.
constexpr int64_t kChunkBytes = 8192;
/// Results of at least so many bytes are written past the caches: they would push out everything
/// else.
constexpr int64_t kStreamBytes = int64_t{32} << 20;
/// Elements that are worth a thread: starting one costs some microseconds.
constexpr int64_t kFloor = 16384;
constexpr int64_t kFloorCostly = 2048;

/// One operand: where it begins and how far apart its elements are along the walk's axes.
struct Operand {
  const char* data = nullptr;
  DType dtype = DType::kFloat32;
  int64_t strides[Shape::kMaxRank] = {};
};

/// The output's axes, merged as far as both operands allow; the last one is the loops'.
struct Walk {
  int rank = 0;
  int64_t extents[Shape::kMaxRank] = {};
  Operand a;
  Operand b;
};

/// What happens to a segment of the innermost axis.
struct Job {
  Loop loop = nullptr;
  const double* params = kNoParams;
  Loop add = nullptr;          ///< of the type computed in, for Request::kAdd
  Converter load_a = nullptr;  ///< null: stored as computed
  Converter load_b = nullptr;
  Converter load_out = nullptr;
  Converter store = nullptr;
  void (*stream)(int64_t bytes, const void* from, void* to) = nullptr;
  int64_t bytes_a = 0;
  int64_t bytes_b = 0;
  int64_t bytes_out = 0;
  int64_t bytes_computed = 0;
  bool direct = false;  ///< the loop alone does it
};

Compute computeOf(DType dtype, const Loops& loops) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat16:
    case DType::kBFloat16:
      return Compute::kF32;
    case DType::kInt64:
      return loops.i64 ? Compute::kI64 : Compute::kF64;
    case DType::kInt32:
    case DType::kInt8:
    case DType::kUInt8:
    case DType::kBool:
      return loops.i32 ? Compute::kI32 : Compute::kF64;
    case DType::kFloat64:
    case DType::kUnknown:
      break;
  }
  return Compute::kF64;
}

Loop loopOf(const Loops& loops, Compute compute) {
  switch (compute) {
    case Compute::kF32:
      return loops.f32;
    case Compute::kI32:
      return loops.i32;
    case Compute::kI64:
      return loops.i64;
    default:
      return loops.f64;
  }
}

int64_t bytesOf(Compute compute) {
  return compute == Compute::kF32 || compute == Compute::kI32 ? 4 : 8;
}

/// Strides of `view` along the axes of `shape`, 0 where it broadcasts.
void alignStrides(const TensorView& view, const Shape& shape, Operand& operand) {
  operand.data = static_cast<const char*>(view.data);
  operand.dtype = view.dtype;
  const int offset = shape.rank() - view.shape.rank();
  TENON_CHECK(offset >= 0, kInternal, "shape ", view.shape, " does not broadcast to ", shape);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const int own = axis - offset;
    operand.strides[axis] = own < 0 || view.shape[own] == 1 ? 0 : view.strides[own];
  }
}

/// Drops axes of extent 1 and merges those that both operands walk alike.
void merge(const Shape& shape, Walk& walk) {
  int rank = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const int64_t extent = shape[axis];
    if (extent == 1) continue;
    const int64_t stride_a = walk.a.strides[axis];
    const int64_t stride_b = walk.b.strides[axis];
    if (rank > 0 && walk.a.strides[rank - 1] == stride_a * extent &&
        walk.b.strides[rank - 1] == stride_b * extent) {
      walk.extents[rank - 1] *= extent;
      walk.a.strides[rank - 1] = stride_a;
      walk.b.strides[rank - 1] = stride_b;
      continue;
    }
    walk.extents[rank] = extent;
    walk.a.strides[rank] = stride_a;
    walk.b.strides[rank] = stride_b;
    ++rank;
  }
  if (rank == 0) {
    walk.extents[0] = 1;
    walk.a.strides[0] = walk.b.strides[0] = 0;
    rank = 1;
  }
  walk.rank = rank;
}

/// The chunked way: operands converted as needed, the result computed in a buffer, then added,
/// converted or streamed.
void runChunks(const Job& job, int64_t n, const char* a, int64_t step_a, const char* b,
               int64_t step_b, char* out) {
  alignas(64) char buffer_a[kChunkBytes];
  alignas(64) char buffer_b[kChunkBytes];
  alignas(64) char buffer_out[kChunkBytes];
  const int64_t most = kChunkBytes / job.bytes_computed;
  // A streamed chunk begins at a cache line.
  int64_t lead = 0;
  if (job.stream) {
    lead = static_cast<int64_t>((64 - reinterpret_cast<uintptr_t>(out) % 64) % 64) / job.bytes_out;
  }
  if (job.load_b && step_b == 0 && b) {
    job.load_b(1, b, buffer_b);
    b = buffer_b;
  }
  if (job.load_a && step_a == 0) {
    job.load_a(1, a, buffer_a);
    a = buffer_a;
  }
  for (int64_t i = 0; i < n;) {
    const int64_t count = std::min(n - i, i == 0 && lead > 0 ? lead : most);
    const char* x = step_a == 0 ? a : a + i * job.bytes_a;
    const char* y = step_b == 0 ? b : b + i * job.bytes_b;
    char* z = out + i * job.bytes_out;
    if (job.load_a && step_a != 0) {
      job.load_a(count, x, buffer_a);
      x = buffer_a;
    }
    if (job.load_b && step_b != 0) {
      job.load_b(count, y, buffer_b);
      y = buffer_b;
    }
    job.loop(count, x, step_a, y, step_b, buffer_out, job.params);
    if (job.add && !job.store) {
      job.add(count, z, 1, buffer_out, 1, z, kNoParams);
    } else if (job.store) {
      if (job.add) {
        alignas(64) char before[kChunkBytes];
        job.load_out(count, z, before);
        job.add(count, before, 1, buffer_out, 1, buffer_out, kNoParams);
      }
      job.store(count, buffer_out, z);
    } else {
      const int64_t bytes = count * job.bytes_out;
      if (job.stream && bytes % 64 == 0 && reinterpret_cast<uintptr_t>(z) % 64 == 0) {
        job.stream(bytes, buffer_out, z);
      } else {
        std::memcpy(z, buffer_out, static_cast<size_t>(bytes));
      }
    }
    i += count;
  }
}

void runSegment(const Job& job, int64_t n, const char* a, int64_t step_a, const char* b,
                int64_t step_b, char* out) {
  if (job.direct) {
    job.loop(n, a, step_a, b, step_b, out, job.params);
  } else {
    runChunks(job, n, a, step_a, b, step_b, out);
  }
}

/// The elements [begin, end) of the output, in its order.
void runRange(const Job& job, const Walk& walk, char* out, int64_t begin, int64_t end) {
  const int inner = walk.rank - 1;
  const int64_t length = walk.extents[inner];
  const int64_t step_a = walk.a.strides[inner];
  const int64_t step_b = walk.b.strides[inner];
  int64_t index[Shape::kMaxRank] = {};
  int64_t rest = begin;
  int64_t offset_a = 0;
  int64_t offset_b = 0;
  for (int axis = inner; axis >= 0; --axis) {
    index[axis] = rest % walk.extents[axis];
    rest /= walk.extents[axis];
    offset_a += index[axis] * walk.a.strides[axis];
    offset_b += index[axis] * walk.b.strides[axis];
  }
  for (int64_t at = begin; at < end;) {
    const int64_t count = std::min(length - index[inner], end - at);
    runSegment(job, count, walk.a.data + offset_a * job.bytes_a, step_a,
               walk.b.data ? walk.b.data + offset_b * job.bytes_b : nullptr, step_b,
               out + at * job.bytes_out);
    at += count;
    // To the beginning of the next run.
    offset_a -= index[inner] * step_a;
    offset_b -= index[inner] * step_b;
    index[inner] = 0;
    for (int axis = inner - 1; axis >= 0; --axis) {
      offset_a += walk.a.strides[axis];
      offset_b += walk.b.strides[axis];
      if (++index[axis] < walk.extents[axis]) break;
      offset_a -= walk.extents[axis] * walk.a.strides[axis];
      offset_b -= walk.extents[axis] * walk.b.strides[axis];
      index[axis] = 0;
    }
  }
}

bool overlaps(const Operand& operand, const TensorView& out) {
  const char* begin = static_cast<const char*>(out.data);
  return operand.data >= begin && operand.data < begin + out.bytes();
}

/// `scalar_b`: b is one number of the type computed in already.
void run(const Loops& loops, Walk& walk, Compute compute, bool scalar_a, bool scalar_b,
         const double* params, int64_t floor, const TensorView& out, Request request) {
  const LoopTables& tables = loopTables();
  const auto c = static_cast<size_t>(compute);
  const auto code = [](DType dtype) { return static_cast<size_t>(dtype); };
  Job job;
  job.loop = loopOf(loops, compute);
  job.params = params;
  if (!scalar_a) job.load_a = tables.convert->load[code(walk.a.dtype)][c];
  if (!scalar_b && walk.b.data) job.load_b = tables.convert->load[code(walk.b.dtype)][c];
  job.load_out = tables.convert->load[code(out.dtype)][c];
  job.store = tables.convert->store[code(out.dtype)][c];
  job.bytes_a = static_cast<int64_t>(sizeOf(walk.a.dtype));
  job.bytes_b = static_cast<int64_t>(sizeOf(walk.b.dtype));
  job.bytes_out = static_cast<int64_t>(sizeOf(out.dtype));
  job.bytes_computed = bytesOf(compute);
  if (request == Request::kAdd)
    job.add = loopOf(tables.binary[static_cast<size_t>(BinaryFn::kAdd)], compute);
  const int64_t n = out.size();
  if (!job.store && !job.add && n * job.bytes_out >= kStreamBytes && !overlaps(walk.a, out) &&
      !overlaps(walk.b, out)) {
    job.stream = tables.stream;
  }
  job.direct = !job.load_a && !job.load_b && !job.store && !job.add && !job.stream;
  char* to = static_cast<char*>(out.data);
  parallelFor(n, floor, [&](int64_t begin, int64_t end) { runRange(job, walk, to, begin, end); });
}

bool isCostly(UnaryFn fn) {
  switch (fn) {
    case UnaryFn::kIdentity:
    case UnaryFn::kAbs:
    case UnaryFn::kSign:
    case UnaryFn::kSquare:
    case UnaryFn::kRelu:
    case UnaryFn::kNegative:
    case UnaryFn::kLogicalNot:
    case UnaryFn::kClip:
    case UnaryFn::kReciprocal:
      return false;
    default:
      return true;
  }
}

/// The loop that alone computes so small a result, or null: arrays of a few elements must not pay
/// for the general way.
Loop smallLoop(const Loops& loops, const TensorView& out, Request request, int64_t n) {
  if (n >= kFloorCostly || request == Request::kAdd) return nullptr;
  switch (out.dtype) {
    case DType::kFloat32:
      return loops.f32;
    case DType::kFloat64:
      return loops.f64;
    case DType::kInt32:
      return loops.i32;
    case DType::kInt64:
      return loops.i64;
    default:
      return nullptr;
  }
}

bool isCostly(BinaryFn fn) {
  return fn == BinaryFn::kMod || fn == BinaryFn::kPower || fn == BinaryFn::kHypot;
}

}  // namespace

void mapUnary(UnaryFn fn, const TensorView& in, const TensorView& out, Request request,
              const double* params) {
  if (request == Request::kNull || out.size() == 0) return;
  const Loops& loops = loopTables().unary[static_cast<size_t>(fn)];
  if (in.dtype == out.dtype && in.shape == out.shape) {
    const int64_t n = out.size();
    if (const Loop loop = smallLoop(loops, out, request, n))
      return loop(n, in.data, 1, nullptr, 0, out.data, params);
  }
  Walk walk;
  alignStrides(in, out.shape, walk.a);
  merge(out.shape, walk);
  run(loops, walk, computeOf(out.dtype, loops), false, true, params,
      isCostly(fn) ? kFloorCostly : kFloor, out, request);
}

void mapBinary(BinaryFn fn, const TensorView& a, const TensorView& b, const TensorView& out,
               Request request, const double* params) {
  if (request == Request::kNull || out.size() == 0) return;
  const Loops& loops = loopTables().binary[static_cast<size_t>(fn)];
  if (a.dtype == out.dtype && b.dtype == out.dtype && a.shape == out.shape &&
      b.shape == out.shape) {
    const int64_t n = out.size();
    if (const Loop loop = smallLoop(loops, out, request, n))
      return loop(n, a.data, 1, b.data, 1, out.data, params);
  }
  Walk walk;
  alignStrides(a, out.shape, walk.a);
  alignStrides(b, out.shape, walk.b);
  merge(out.shape, walk);
  run(loops, walk, computeOf(out.dtype, loops), false, false, params,
      isCostly(fn) ? kFloorCostly : kFloor, out, request);
}

void mapScalar(BinaryFn fn, const TensorView& a, double scalar, bool reversed,
               const TensorView& out, Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  const Loops& loops = loopTables().binary[static_cast<size_t>(fn)];
  const Compute compute = computeOf(out.dtype, loops);
  // Only what the result's dtype can say: integers see a truncated number even where they are
  // computed in double.
  if (!isFloating(out.dtype)) scalar = std::isnan(scalar) ? 0 : std::trunc(scalar);
  alignas(8) char number[8];
  const Converter convert =
      loopTables().convert->store[static_cast<size_t>(compute == Compute::kF32   ? DType::kFloat32
                                                      : compute == Compute::kI32 ? DType::kInt32
                                                                                 : DType::kInt64)]
                                 [static_cast<size_t>(Compute::kF64)];
  if (compute == Compute::kF64) {
    std::memcpy(number, &scalar, sizeof scalar);
  } else {
    convert(1, &scalar, number);
  }
  if (a.dtype == out.dtype && a.shape == out.shape) {
    const int64_t n = out.size();
    if (const Loop loop = smallLoop(loops, out, request, n)) {
      return reversed ? loop(n, number, 0, a.data, 1, out.data, kNoParams)
                      : loop(n, a.data, 1, number, 0, out.data, kNoParams);
    }
  }
  Walk walk;
  Operand& tensor = reversed ? walk.b : walk.a;
  Operand& constant = reversed ? walk.a : walk.b;
  alignStrides(a, out.shape, tensor);
  constant.data = number;
  merge(out.shape, walk);
  run(loops, walk, compute, reversed, !reversed, kNoParams, isCostly(fn) ? kFloorCostly : kFloor,
      out, request);
}

void mapCopy(const TensorView& in, const TensorView& out, Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  if (in.data == out.data && in.dtype == out.dtype && in.shape == out.shape &&
      request != Request::kAdd)
    return;
  if (in.dtype == out.dtype && request != Request::kAdd && in.shape.size() == out.shape.size()) {
    // Bytes: no value changes on the way, not even a NaN's.
    const auto* from = static_cast<const char*>(in.data);
    auto* to = static_cast<char*>(out.data);
    parallelFor(out.bytes(), kFloor * 4, [&](int64_t begin, int64_t end) {
      std::memcpy(to + begin, from + begin, static_cast<size_t>(end - begin));
    });
    return;
  }
  mapUnary(UnaryFn::kIdentity, in, out, request);
}

void mapFill(double value, const TensorView& out, Request request) {
  TensorView one = denseView(&value, Shape::scalar(), DType::kFloat64, out.device);
  mapUnary(UnaryFn::kIdentity, one, out, request);
}

}  // namespace tenon
