// Parameters of the operators that draw from one distribution.
#pragma once

#include "ops/random/distributions.h"

namespace tenon {

struct Sized {
  Shape shape;
  Text ctx;
  Optional<DType> dtype;

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("shape", &P::shape, "Shape of the result.").defaultTo(Shape());
    s.field("ctx", &P::ctx, "Device of the result, e.g. cpu(0); empty: the current one.")
        .defaultTo(Text{});
    s.field("dtype", &P::dtype, "Type of the result; None: float32.");
  }
};

/// Parameters of distribution D, alone (`_like`) or with shape and type.
template <class D>
struct LikeParams {
  float a;
  float b;

  static void describe(ParamSchema<LikeParams>& s) { D::template describe<LikeParams>(s); }
};

template <class D>
struct DrawParams {
  float a;
  float b;
  Shape shape;
  Text ctx;
  Optional<DType> dtype;

  static void describe(ParamSchema<DrawParams>& s) {
    D::template describe<DrawParams>(s);
    Sized::describe<DrawParams>(s);
  }
};

struct RandintParams {
  int64_t low;
  int64_t high;
  Shape shape;
  Text ctx;
  Optional<DType> dtype;

  static void describe(ParamSchema<RandintParams>& s) {
    s.field("low", &RandintParams::low, "The lowest value.");
    s.field("high", &RandintParams::high, "The first value above the highest.");
    s.field("shape", &RandintParams::shape, "Shape of the result.").defaultTo(Shape());
    s.field("ctx", &RandintParams::ctx,
            "Device of the result, e.g. cpu(0); empty: the current one.")
        .defaultTo(Text{});
    s.field("dtype", &RandintParams::dtype, "Type of the result, int32 or int64; None: int32.");
  }
};

}  // namespace tenon
