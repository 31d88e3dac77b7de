#include "ops/shape/strided_copy.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/cast/scalar_bits.h"

namespace tenon {
namespace {

/// Below this many bytes per thread a copy stays on the calling thread.
constexpr int64_t kFloorBytes = 64 * 1024;
/// Side of the square blocks in which two loops of crossed strides are walked, in elements.
constexpr int64_t kBlock = 16;

template <class T>
void copyRow(const T* from, T* to, const MoveLoop& row) {
  if (row.from == 1 && row.to == 1) {
    std::memcpy(to, from, static_cast<size_t>(row.extent) * sizeof(T));
  } else if (row.from == 0 && row.to == 1) {
    std::fill_n(to, row.extent, *from);
  } else if (row.to == 1) {
    for (int64_t i = 0; i < row.extent; ++i) to[i] = from[i * row.from];
  } else if (row.from == 1) {
    for (int64_t i = 0; i < row.extent; ++i) to[i * row.to] = from[i];
  } else {
    for (int64_t i = 0; i < row.extent; ++i) to[i * row.to] = from[i * row.from];
  }
}

/// The two innermost loops when the source is contiguous along `outer` and the target along
/// `inner`.
template <class T>
void copyCrossed(const T* from, T* to, const MoveLoop& outer, const MoveLoop& inner) {
  for (int64_t i0 = 0; i0 < outer.extent; i0 += kBlock) {
    const int64_t i1 = std::min(i0 + kBlock, outer.extent);
    for (int64_t j0 = 0; j0 < inner.extent; j0 += kBlock) {
      const int64_t j1 = std::min(j0 + kBlock, inner.extent);
      for (int64_t i = i0; i < i1; ++i) {
        const T* source = from + i * outer.from;
        T* target = to + i * outer.to;
        for (int64_t j = j0; j < j1; ++j) target[j * inner.to] = source[j * inner.from];
      }
    }
  }
}

/// Adds as the registry's sums do: half types in float, the rest in their own type.
template <class T>
using Accumulator =
    std::conditional_t<kIsHalf<T>, float, std::conditional_t<std::is_same_v<T, bool>, int, T>>;

/// A position in all but the innermost loops, moved step by step.
class Cursor {
 public:
  Cursor(const MoveLoop* loops, int count, int64_t row) : count_(count) {
    for (int i = count - 1; i >= 0; --i) {
      extent_[i] = loops[i].extent;
      from_step_[i] = loops[i].from;
      to_step_[i] = loops[i].to;
      index_[i] = row % loops[i].extent;
      row /= loops[i].extent;
      from += index_[i] * from_step_[i];
      to += index_[i] * to_step_[i];
    }
  }
  void next() {
    for (int i = count_ - 1; i >= 0; --i) {
      from += from_step_[i];
      to += to_step_[i];
      if (++index_[i] < extent_[i]) return;
      from -= extent_[i] * from_step_[i];
      to -= extent_[i] * to_step_[i];
      index_[i] = 0;
    }
  }

  int64_t from = 0;
  int64_t to = 0;

 private:
  int count_;
  int64_t extent_[CopyNest::kMaxLoops];
  int64_t from_step_[CopyNest::kMaxLoops];
  int64_t to_step_[CopyNest::kMaxLoops];
  int64_t index_[CopyNest::kMaxLoops];
};

template <class T>
void copyLoops(const T* from, T* to, std::span<const MoveLoop> loops) {
  const MoveLoop& row = loops.back();
  // Where the source runs contiguously along another loop, walk both in blocks: reading across it
  // row by row would touch a cache line per element.
  int crossed = -1;
  if (row.to == 1 && std::abs(row.from) > 1 && row.extent >= 4) {
    for (size_t i = 0; i + 1 < loops.size(); ++i) {
      if (std::abs(loops[i].from) == 1 && loops[i].extent >= 4) crossed = static_cast<int>(i);
    }
  }
  MoveLoop outer[CopyNest::kMaxLoops];
  int outer_count = 0;
  for (size_t i = 0; i + 1 < loops.size(); ++i) {
    if (static_cast<int>(i) != crossed) outer[outer_count++] = loops[i];
  }
  if (crossed < 0) {
    int64_t rows = 1;
    for (int i = 0; i < outer_count; ++i) rows *= outer[i].extent;
    if (rows == 1 && outer_count == 0) {
      // One long row: split it.
      parallelFor(
          row.extent, std::max<int64_t>(kFloorBytes / static_cast<int64_t>(sizeof(T)), 1),
          [&](int64_t begin, int64_t end) {
            copyRow(from + begin * row.from, to + begin * row.to, {end - begin, row.from, row.to});
          });
      return;
    }
    const int64_t floor =
        std::max<int64_t>(kFloorBytes / (row.extent * static_cast<int64_t>(sizeof(T))), 1);
    parallelFor(rows, floor, [&](int64_t begin, int64_t end) {
      Cursor at(outer, outer_count, begin);
      for (int64_t i = begin; i < end; ++i, at.next()) copyRow(from + at.from, to + at.to, row);
    });
    return;
  }
  // Bands of the crossed loop are the units of work.
  const MoveLoop& cross = loops[static_cast<size_t>(crossed)];
  const int64_t bands = (cross.extent + kBlock - 1) / kBlock;
  int64_t units = bands;
  for (int i = 0; i < outer_count; ++i) units *= outer[i].extent;
  const int64_t floor =
      std::max<int64_t>(kFloorBytes / (row.extent * kBlock * static_cast<int64_t>(sizeof(T))), 1);
  parallelFor(units, floor, [&](int64_t begin, int64_t end) {
    Cursor at(outer, outer_count, begin / bands);
    int64_t band = begin % bands;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = band * kBlock;
      const MoveLoop part{std::min(kBlock, cross.extent - first), cross.from, cross.to};
      copyCrossed(from + at.from + first * cross.from, to + at.to + first * cross.to, part, row);
      if (++band == bands) {
        band = 0;
        at.next();
      }
    }
  });
}

/// The nest's loops that advance in the target, and those that do not.
struct SumLoops {
  MoveLoop kept[CopyNest::kMaxLoops];
  MoveLoop reduced[CopyNest::kMaxLoops];
  int kept_count = 0;
  int reduced_count = 0;
  int64_t elements = 1;
  int64_t terms = 1;

  explicit SumLoops(const CopyNest& nest) {
    for (const MoveLoop& loop : nest.loops()) {
      if (loop.to == 0) {
        reduced[reduced_count++] = loop;
        terms *= loop.extent;
      } else {
        kept[kept_count++] = loop;
        elements *= loop.extent;
      }
    }
  }
};

template <class T>
void sumLoops(const T* from, T* to, const SumLoops& loops, bool adds) {
  const int64_t floor = std::max<int64_t>(8192 / std::max<int64_t>(loops.terms, 1), 1);
  parallelFor(loops.elements, floor, [&](int64_t begin, int64_t end) {
    Cursor at(loops.kept, loops.kept_count, begin);
    for (int64_t i = begin; i < end; ++i, at.next()) {
      Accumulator<T> total{};
      if (loops.terms > 0) {
        Cursor term(loops.reduced, loops.reduced_count, 0);
        for (int64_t k = 0; k < loops.terms; ++k, term.next()) {
          total = static_cast<Accumulator<T>>(
              total + static_cast<Accumulator<T>>(from[at.from + term.from]));
        }
      }
      T& result = to[at.to];
      result = static_cast<T>(adds ? static_cast<Accumulator<T>>(result) + total : total);
    }
  });
}

class CpuMover final : public Mover {
 public:
  void copy(const CopyNest& nest, const void* from, void* to, size_t element_bytes) override {
    if (nest.empty()) return;
    const CopyNest simple = nest.simplified();
    withSize(element_bytes, [&]<class T>(T) {
      copyLoops(static_cast<const T*>(from) + simple.fromOffset(),
                static_cast<T*>(to) + simple.toOffset(), simple.loops());
    });
  }

  void fill(const CopyNest& nest, const void* element, void* to, size_t element_bytes) override {
    CopyNest repeated;
    for (const MoveLoop& loop : nest.loops()) repeated.add(loop.extent, 0, loop.to);
    repeated.offsetTo(nest.toOffset());
    copy(repeated, element, to, element_bytes);
  }

  void sum(const CopyNest& nest, const void* from, void* to, DType dtype, bool adds) override {
    const SumLoops loops(nest);
    withType(dtype, [&]<class T>(T) {
      sumLoops(static_cast<const T*>(from) + nest.fromOffset(),
               static_cast<T*>(to) + nest.toOffset(), loops, adds);
    });
  }

  void copyBytes(const void* from, void* to, int64_t bytes) override {
    tenon::copyBytes(from, to, bytes);
  }

  void zero(void* to, int64_t bytes) override {
    parallelFor(bytes, kFloorBytes, [&](int64_t begin, int64_t end) {
      std::memset(static_cast<char*>(to) + begin, 0, static_cast<size_t>(end - begin));
    });
  }

  void settle() override {}
};

}  // namespace

Mover& cpuMover() noexcept {
  static constinit CpuMover mover;
  return mover;
}

void denseStrides(const Shape& shape, int64_t* strides) {
  int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
}

void copyBytes(const void* from, void* to, int64_t bytes) {
  if (from == to) return;
  parallelFor(bytes, kFloorBytes, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                static_cast<size_t>(end - begin));
  });
}

void zeroFill(const TensorView& view) { cpuMover().zero(view); }

void fill(Mover& mover, const TensorView& view, double value) {
  CopyNest nest;
  nest.add(view.size(), 0, 1);
  const ScalarBits bits(value, view.dtype);
  mover.fill(nest, bits.data(), view.data, sizeOf(view.dtype));
}

}  // namespace tenon
