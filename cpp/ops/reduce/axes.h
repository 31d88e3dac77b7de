// The parameters that reductions share, and what they mean for a shape.
#pragma once

#include "base/params.h"

namespace tenon {

struct ReduceParams {
  Optional<IntList> axis;
  bool keepdims;
  bool exclude;
  static void describe(ParamSchema<ReduceParams>& s) {
    s.field("axis", &ReduceParams::axis,
            "The axes to reduce, counted from the end if negative; all if None or empty.");
    s.field("keepdims", &ReduceParams::keepdims, "Whether reduced axes stay, with extent 1.")
        .defaultTo(false);
    s.field("exclude", &ReduceParams::exclude, "Whether to reduce all axes but those of `axis`.")
        .defaultTo(false);
  }
};

/// Which axes are reduced.
struct AxisMask {
  bool reduced[Shape::kMaxRank] = {};
  int count = 0;
};

/// Throws naming `op` if an axis is out of range or given twice.
AxisMask reducedAxes(std::string_view op, const Shape& in, const Optional<IntList>& axis,
                     bool exclude);
/// The result's shape: without any axis left, (1,), as in MXNet.
Shape reducedShape(const Shape& in, const AxisMask& mask, bool keepdims);

}  // namespace tenon
