#include "ops/shape/strided_copy.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"

namespace tenon {
namespace {

/// Below this many bytes per thread a copy stays on the calling thread.
constexpr int64_t kFloorBytes = 64 * 1024;
/// Side of the square blocks in which two loops of crossed strides are walked, in elements.
constexpr int64_t kBlock = 16;

struct Inner {
  int64_t extent;
  int64_t from;
  int64_t to;
};

template <class T>
void copyRow(const T* from, T* to, const Inner& row) {
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
void copyCrossed(const T* from, T* to, const Inner& outer, const Inner& inner) {
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

}  // namespace

void CopyNest::add(int64_t extent, int64_t from_stride, int64_t to_stride) {
  TENON_CHECK(loops_ < kMaxLoops, kInternal, "a copy of more than ", kMaxLoops, " loops");
  loop_[loops_++] = {extent, from_stride, to_stride};
}

CopyNest CopyNest::simplified() const {
  CopyNest nest;
  nest.from_offset_ = from_offset_;
  nest.to_offset_ = to_offset_;
  CopyNest sorted = *this;
  std::stable_sort(sorted.loop_, sorted.loop_ + loops_,
                   [](const Loop& a, const Loop& b) { return std::abs(a.to) > std::abs(b.to); });
  for (int i = 0; i < loops_; ++i) {
    const Loop& next = sorted.loop_[i];
    if (next.extent == 1) continue;
    Loop* last = nest.loops_ > 0 ? &nest.loop_[nest.loops_ - 1] : nullptr;
    if (last && last->from == next.from * next.extent && last->to == next.to * next.extent) {
      *last = {last->extent * next.extent, next.from, next.to};
    } else {
      nest.loop_[nest.loops_++] = next;
    }
  }
  if (nest.loops_ == 0) nest.loop_[nest.loops_++] = {1, 1, 1};
  return nest;
}

namespace {

/// A position in all but the innermost loops, moved step by step.
class Cursor {
 public:
  template <class Loop>
  Cursor(const Loop* loops, int count, int64_t row) : count_(count) {
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

template <class T, class Loop>
void copyLoops(const T* from, T* to, const Loop* loops, int count) {
  const Inner row{loops[count - 1].extent, loops[count - 1].from, loops[count - 1].to};
  // Where the source runs contiguously along another loop, walk both in blocks: reading across it
  // row by row would touch a cache line per element.
  int crossed = -1;
  if (row.to == 1 && std::abs(row.from) > 1 && row.extent >= 4) {
    for (int i = 0; i < count - 1; ++i) {
      if (std::abs(loops[i].from) == 1 && loops[i].extent >= 4) crossed = i;
    }
  }
  Loop outer[CopyNest::kMaxLoops];
  int outer_count = 0;
  for (int i = 0; i < count - 1; ++i) {
    if (i != crossed) outer[outer_count++] = loops[i];
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
  const Inner cross{loops[crossed].extent, loops[crossed].from, loops[crossed].to};
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
      const Inner part{std::min(kBlock, cross.extent - first), cross.from, cross.to};
      copyCrossed(from + at.from + first * cross.from, to + at.to + first * cross.to, part, row);
      if (++band == bands) {
        band = 0;
        at.next();
      }
    }
  });
}

}  // namespace

void CopyNest::copy(const void* from, void* to, size_t element_bytes) const {
  for (int i = 0; i < loops_; ++i) {
    if (loop_[i].extent == 0) return;
  }
  const CopyNest nest = simplified();
  withSize(element_bytes, [&]<class T>(T) {
    copyLoops(static_cast<const T*>(from) + nest.from_offset_,
              static_cast<T*>(to) + nest.to_offset_, nest.loop_, nest.loops_);
  });
}

void CopyNest::sum(const void* from, void* to, DType dtype, bool accumulate) const {
  Loop kept[kMaxLoops];
  Loop reduced[kMaxLoops];
  int kept_count = 0;
  int reduced_count = 0;
  int64_t elements = 1;
  int64_t terms = 1;
  for (int i = 0; i < loops_; ++i) {
    if (loop_[i].to == 0) {
      reduced[reduced_count++] = loop_[i];
      terms *= loop_[i].extent;
    } else {
      kept[kept_count++] = loop_[i];
      elements *= loop_[i].extent;
    }
  }
  withType(dtype, [&]<class T>(T) {
    const T* source = static_cast<const T*>(from) + from_offset_;
    T* target = static_cast<T*>(to) + to_offset_;
    const int64_t floor = std::max<int64_t>(8192 / std::max<int64_t>(terms, 1), 1);
    parallelFor(elements, floor, [&](int64_t begin, int64_t end) {
      Cursor at(kept, kept_count, begin);
      for (int64_t i = begin; i < end; ++i, at.next()) {
        Accumulator<T> total{};
        if (terms > 0) {
          Cursor term(reduced, reduced_count, 0);
          for (int64_t k = 0; k < terms; ++k, term.next()) {
            total = static_cast<Accumulator<T>>(
                total + static_cast<Accumulator<T>>(source[at.from + term.from]));
          }
        }
        T& result = target[at.to];
        result = static_cast<T>(accumulate ? static_cast<Accumulator<T>>(result) + total : total);
      }
    });
  });
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

void zeroFill(const TensorView& view) {
  parallelFor(view.bytes(), kFloorBytes, [&](int64_t begin, int64_t end) {
    std::memset(static_cast<char*>(view.data) + begin, 0, static_cast<size_t>(end - begin));
  });
}

}  // namespace tenon
