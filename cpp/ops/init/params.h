// Parameters of the operators that make arrays out of nothing.
#pragma once

#include <string_view>

#include "base/params.h"

namespace tenon {

inline constexpr std::string_view kShapeDoc = "Shape of the result.";
inline constexpr std::string_view kDeviceDoc =
    "Device of the result, e.g. cpu(0); empty: the current one.";
inline constexpr std::string_view kTypeDoc = "Type of the result.";

struct FillParams {
  Shape shape;
  Text ctx;
  DType dtype;

  static void describe(ParamSchema<FillParams>& s) {
    s.field("shape", &FillParams::shape, kShapeDoc).defaultTo(Shape());
    s.field("ctx", &FillParams::ctx, kDeviceDoc).defaultTo(Text{});
    s.field("dtype", &FillParams::dtype, kTypeDoc).defaultTo(DType::kFloat32);
  }
};

struct FullParams {
  Shape shape;
  Text ctx;
  DType dtype;
  double value;

  static void describe(ParamSchema<FullParams>& s) {
    s.field("shape", &FullParams::shape, kShapeDoc).defaultTo(Shape());
    s.field("ctx", &FullParams::ctx, kDeviceDoc).defaultTo(Text{});
    s.field("dtype", &FullParams::dtype, kTypeDoc).defaultTo(DType::kFloat32);
    s.field("value", &FullParams::value, "The value of every element.");
  }
};

struct SetValueParams {
  double src;

  static void describe(ParamSchema<SetValueParams>& s) {
    s.field("src", &SetValueParams::src, "The value of every element.").dynamic();
  }
};

struct ArangeParams {
  double start;
  Optional<double> stop;
  double step;
  int32_t repeat;
  bool infer_range;
  Text ctx;
  DType dtype;

  static void describe(ParamSchema<ArangeParams>& s) {
    s.field("start", &ArangeParams::start,
            "The first value; without `stop`, the end, and the first is 0.");
    s.field("stop", &ArangeParams::stop, "The value before which to stop.");
    s.field("step", &ArangeParams::step, "Distance between values.").defaultTo(1.0);
    s.field("repeat", &ArangeParams::repeat, "How often each value stands.")
        .defaultTo(1)
        .atLeast(1);
    s.field("infer_range", &ArangeParams::infer_range,
            "Whether the length is that of where the result goes.")
        .defaultTo(false);
    s.field("ctx", &ArangeParams::ctx, kDeviceDoc).defaultTo(Text{});
    s.field("dtype", &ArangeParams::dtype, kTypeDoc).defaultTo(DType::kFloat32);
  }
};

struct LinspaceParams {
  double start;
  double stop;
  int32_t num;
  bool endpoint;
  Text ctx;
  DType dtype;

  static void describe(ParamSchema<LinspaceParams>& s) {
    s.field("start", &LinspaceParams::start, "The first value.");
    s.field("stop", &LinspaceParams::stop, "The last value.");
    s.field("num", &LinspaceParams::num, "How many values.").atLeast(0);
    s.field("endpoint", &LinspaceParams::endpoint, "Whether `stop` is among them.").defaultTo(true);
    s.field("ctx", &LinspaceParams::ctx, kDeviceDoc).defaultTo(Text{});
    s.field("dtype", &LinspaceParams::dtype, kTypeDoc).defaultTo(DType::kFloat32);
  }
};

struct EyeParams {
  int64_t N;
  int64_t M;
  int64_t k;
  Text ctx;
  DType dtype;

  static void describe(ParamSchema<EyeParams>& s) {
    s.field("N", &EyeParams::N, "Number of rows.").atLeast(0);
    s.field("M", &EyeParams::M, "Number of columns; 0: as many as rows.").defaultTo(0).atLeast(0);
    s.field("k", &EyeParams::k, "Which diagonal: 0 the main one, positive above, negative below.")
        .defaultTo(0);
    s.field("ctx", &EyeParams::ctx, kDeviceDoc).defaultTo(Text{});
    s.field("dtype", &EyeParams::dtype, kTypeDoc).defaultTo(DType::kFloat32);
  }
};

}  // namespace tenon
