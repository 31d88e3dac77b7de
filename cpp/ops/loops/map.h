// Maps: a function of one or two operands applied to every element, in parallel, on the CPU.
//
// float16 and bfloat16 are computed in float; bool, uint8 and int8 in int32 (kept to their low
// bits, bool to 0 or 1); integers whose function has no integer form in double, truncated back
// within limits. The result's dtype decides. Operands may have any dtype. Inputs broadcast to the
// output's shape, aligned at the last axis; all views are dense. An output may be exactly one of
// the inputs of its dtype and size.
#pragma once

#include "ops/loops/functions.h"
#include "ops/registry/kernel.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// Parameters of functions that have none.
inline constexpr double kNoParams[2] = {0, 0};

void mapUnary(UnaryFn fn, const TensorView& in, const TensorView& out, Request request,
              const double* params = kNoParams);
void mapBinary(BinaryFn fn, const TensorView& a, const TensorView& b, const TensorView& out,
               Request request, const double* params = kNoParams);
/// f(a, scalar), or f(scalar, a) if `reversed`. For integers the scalar is truncated first.
void mapScalar(BinaryFn fn, const TensorView& a, double scalar, bool reversed,
               const TensorView& out, Request request);
/// Copies (or converts, or adds) `in` broadcast to `out`.
void mapCopy(const TensorView& in, const TensorView& out, Request request);
/// Fills with a value.
void mapFill(double value, const TensorView& out, Request request);

}  // namespace tenon
