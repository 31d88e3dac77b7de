#include "ops/shape/slice_range.h"

#include <algorithm>

#include "base/error.h"

namespace tenon {

Shape SliceRange::shape() const {
  Shape result = Shape::ofRank(rank);
  for (int i = 0; i < rank; ++i) result[i] = axis[i].count;
  return result;
}

SliceRange wholeRange(const Shape& shape) {
  SliceRange range;
  range.rank = shape.rank();
  for (int i = 0; i < range.rank; ++i) range.axis[i] = {0, 1, shape[i]};
  return range;
}

AxisRange pythonRange(int64_t extent, const Optional<int64_t>& begin, const Optional<int64_t>& end,
                      int64_t step) {
  TENON_CHECK(step != 0, kInvalidArgument, "slice: a step is 0");
  // Positions range over [low, high]: one before the first is where a downward slice ends.
  const int64_t low = step > 0 ? 0 : -1;
  const int64_t high = step > 0 ? extent : extent - 1;
  const auto position = [&](const Optional<int64_t>& bound, int64_t otherwise) {
    if (!bound.has) return otherwise;
    return std::clamp(bound.value < 0 ? bound.value + extent : bound.value, low, high);
  };
  const int64_t first = position(begin, step > 0 ? low : high);
  const int64_t last = position(end, step > 0 ? high : low);
  // Beyond the extent a step takes one element at most, whatever its size.
  const int64_t reach =
      std::clamp(step, -std::max<int64_t>(extent, 1), std::max<int64_t>(extent, 1));
  const int64_t span = reach > 0 ? last - first : first - last;
  const int64_t stride = reach > 0 ? reach : -reach;
  return {first, reach, span > 0 ? (span + stride - 1) / stride : 0};
}

namespace {

/// Loops over the slice's elements; `sliced` are the strides of the array it is taken from.
CopyNest sliceNest(const Shape& data, const SliceRange& range, bool reading) {
  int64_t sliced[Shape::kMaxRank];
  int64_t dense[Shape::kMaxRank];
  denseStrides(data, sliced);
  denseStrides(range.shape(), dense);
  CopyNest nest;
  int64_t offset = 0;
  for (int i = 0; i < range.rank; ++i) {
    const int64_t stride = sliced[i] * range.axis[i].step;
    offset += sliced[i] * range.axis[i].begin;
    nest.add(range.axis[i].count, reading ? stride : dense[i], reading ? dense[i] : stride);
  }
  reading ? nest.offsetFrom(offset) : nest.offsetTo(offset);
  return nest;
}

}  // namespace

void readSlice(Mover& mover, const TensorView& data, const SliceRange& range,
               const TensorView& slice) {
  mover.copy(sliceNest(data.shape, range, true), data.data, slice.data, sizeOf(data.dtype));
}

void writeSlice(Mover& mover, const TensorView& slice, const SliceRange& range,
                const TensorView& data) {
  mover.copy(sliceNest(data.shape, range, false), slice.data, data.data, sizeOf(data.dtype));
}

}  // namespace tenon
