// Indices given as an array of any type, made safe: whatever they hold, what comes out is inside
// the axis.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "ops/cast/convert.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// What to do with an index outside [0, extent).
enum class IndexMode : int32_t { kClip, kWrap, kRaise };

/// Element `i` of `indices` as an integer: floats are cut towards zero, NaN is 0, huge values
/// saturate.
inline int64_t indexAt(const TensorView& indices, int64_t i) {
  return withType(indices.dtype,
                  [&]<class T>(T) { return convertTo<int64_t>(indices.as<const T>()[i]); });
}

/// `index` brought into [0, extent) as `mode` says; kRaise counts negative ones from the end and
/// throws kIndex for the rest. `extent` is at least 1.
inline int64_t placed(int64_t index, int64_t extent, IndexMode mode, std::string_view who) {
  if (index >= 0 && index < extent) return index;
  if (mode == IndexMode::kClip) return index < 0 ? 0 : extent - 1;
  if (mode == IndexMode::kWrap) {
    const int64_t rest = index % extent;
    return rest < 0 ? rest + extent : rest;
  }
  TENON_CHECK(index >= -extent && index < extent, kIndex, who, ": index ", index,
              " is out of range for an axis of ", extent);
  return index + extent;
}

/// All of `indices` placed, into `to`.
void placeAll(const TensorView& indices, int64_t extent, IndexMode mode, std::string_view who,
              int64_t* to);

}  // namespace tenon
