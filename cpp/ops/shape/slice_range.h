// Which elements a slice takes, along each axis.
#pragma once

#include "base/params.h"
#include "ops/shape/strided_copy.h"

namespace tenon {

/// `count` elements from `begin`, each `step` further; the step may be negative.
struct AxisRange {
  int64_t begin = 0;
  int64_t step = 1;
  int64_t count = 0;
};

struct SliceRange {
  int rank = 0;
  AxisRange axis[Shape::kMaxRank];
  /// The extents of the slice.
  Shape shape() const;
};

/// The whole of `shape`.
SliceRange wholeRange(const Shape& shape);

/// One axis by Python's rules: negative bounds count from the end, bounds outside are cut, None is
/// "from the first" or "to the last" in the step's direction. Throws kInvalidArgument for step 0.
AxisRange pythonRange(int64_t extent, const Optional<int64_t>& begin, const Optional<int64_t>& end,
                      int64_t step);

/// data[range] -> slice, both dense.
void readSlice(Mover& mover, const TensorView& data, const SliceRange& range,
               const TensorView& slice);
/// data[range] <- slice, both dense.
void writeSlice(Mover& mover, const TensorView& slice, const SliceRange& range,
                const TensorView& data);

}  // namespace tenon
