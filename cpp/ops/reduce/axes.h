// The parameters of reductions, and what they mean for a shape.
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

struct NormParams {
  int32_t ord;
  Optional<IntList> axis;
  Optional<DType> out_dtype;
  bool keepdims;
  static void describe(ParamSchema<NormParams>& s) {
    s.field("ord", &NormParams::ord, "The order of the norm: 1 or 2.").defaultTo(2).range(1, 2);
    s.field("axis", &NormParams::axis, "The axes to reduce; all if None or empty.");
    s.field("out_dtype", &NormParams::out_dtype, "The result's dtype; the input's if None.")
        .options({{"float16", DType::kFloat16},
                  {"float32", DType::kFloat32},
                  {"float64", DType::kFloat64},
                  {"int32", DType::kInt32},
                  {"int64", DType::kInt64},
                  {"int8", DType::kInt8}});
    s.field("keepdims", &NormParams::keepdims, "Whether reduced axes stay, with extent 1.")
        .defaultTo(false);
  }
};

struct ArgParams {
  Optional<int32_t> axis;
  bool keepdims;
  static void describe(ParamSchema<ArgParams>& s) {
    s.field("axis", &ArgParams::axis, "The axis to search; all elements in order if None.");
    s.field("keepdims", &ArgParams::keepdims, "Whether the searched axis stays, with extent 1.")
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
