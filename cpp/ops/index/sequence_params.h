// Parameters of the operators over sequences, and how their data is laid out.
#pragma once

#include <string_view>

#include "base/params.h"

namespace tenon {

inline constexpr std::string_view kUseLengthDoc = "Whether lengths are given.";
inline constexpr std::string_view kTimeAxisDoc =
    "The axis of time, 0 or 1; the other is the batch.";

struct SequenceMaskParams {
  bool use_sequence_length;
  float value;
  int32_t axis;

  static void describe(ParamSchema<SequenceMaskParams>& s) {
    s.field("use_sequence_length", &SequenceMaskParams::use_sequence_length, kUseLengthDoc)
        .defaultTo(false);
    s.field("value", &SequenceMaskParams::value, "What stands behind the end of a sequence.")
        .defaultTo(0.0f);
    s.field("axis", &SequenceMaskParams::axis, kTimeAxisDoc).defaultTo(0).range(0, 1);
  }
};

struct SequenceParams {
  bool use_sequence_length;
  int32_t axis;

  static void describe(ParamSchema<SequenceParams>& s) {
    s.field("use_sequence_length", &SequenceParams::use_sequence_length, kUseLengthDoc)
        .defaultTo(false);
    s.field("axis", &SequenceParams::axis, kTimeAxisDoc).defaultTo(0).range(0, 1);
  }
};

/// The two leading axes and what one step of one sequence is made of.
struct SequenceSteps {
  int64_t time;
  int64_t batch;
  int64_t inner;
  int axis;

  constexpr int64_t at(int64_t t, int64_t b) const {
    return (axis == 0 ? t * batch + b : b * time + t) * inner;
  }
};

inline SequenceSteps sequenceSteps(const Shape& data, int axis) {
  return {data[axis], data[1 - axis], data.product(2, data.rank()), axis};
}

}  // namespace tenon
