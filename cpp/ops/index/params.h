// Parameters of the operators that look elements up.
#pragma once

#include "base/params.h"
#include "ops/index/index_values.h"

namespace tenon {

struct TakeParams {
  int32_t axis;
  IndexMode mode;

  static void describe(ParamSchema<TakeParams>& s) {
    s.field("axis", &TakeParams::axis,
            "The axis along which to take; negative counts from the end.")
        .defaultTo(0);
    s.field("mode", &TakeParams::mode,
            "What an index outside means: clip uses the nearest, wrap counts round, raise is an "
            "error.")
        .options(
            {{"clip", IndexMode::kClip}, {"raise", IndexMode::kRaise}, {"wrap", IndexMode::kWrap}})
        .defaultTo(IndexMode::kClip);
  }
};

struct PickParams {
  Optional<int32_t> axis;
  bool keepdims;
  IndexMode mode;

  static void describe(ParamSchema<PickParams>& s) {
    s.field("axis", &PickParams::axis,
            "The axis along which to pick; negative counts from the end.")
        .defaultTo(-1);
    s.field("keepdims", &PickParams::keepdims, "Whether the axis stays, with extent 1.")
        .defaultTo(false);
    s.field("mode", &PickParams::mode,
            "What an index outside means: clip uses the nearest, wrap counts round.")
        .options({{"clip", IndexMode::kClip}, {"wrap", IndexMode::kWrap}})
        .defaultTo(IndexMode::kClip);
  }
};

struct OneHotParams {
  int32_t depth;
  double on_value;
  double off_value;
  DType dtype;

  static void describe(ParamSchema<OneHotParams>& s) {
    s.field("depth", &OneHotParams::depth, "Length of the rows.").range(0, INT32_MAX);
    s.field("on_value", &OneHotParams::on_value, "The value at the index.").defaultTo(1.0);
    s.field("off_value", &OneHotParams::off_value, "The value elsewhere.").defaultTo(0.0);
    s.field("dtype", &OneHotParams::dtype, "Type of the result.").defaultTo(DType::kFloat32);
  }
};

}  // namespace tenon
