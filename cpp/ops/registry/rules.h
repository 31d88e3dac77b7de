// Shape and type rules that many operators share. The objects named like functions work as both:
// `.shape(sameAsFirst).type(sameAsFirst)`.
#pragma once

#include <span>

#include "ops/registry/op.h"

namespace tenon {

namespace rules_detail {
void allSameShapes(const OpAttrs&, std::span<Shape> in, std::span<Shape> out);
void allSameTypes(const OpAttrs&, std::span<DType> in, std::span<DType> out);
void sameAsFirstShapes(const OpAttrs&, std::span<Shape> in, std::span<Shape> out);
void sameAsFirstTypes(const OpAttrs&, std::span<DType> in, std::span<DType> out);

struct AllSame {
  void operator()(const OpAttrs& a, std::span<Shape> in, std::span<Shape> out) const {
    allSameShapes(a, in, out);
  }
  void operator()(const OpAttrs& a, std::span<DType> in, std::span<DType> out) const {
    allSameTypes(a, in, out);
  }
};
struct SameAsFirst {
  void operator()(const OpAttrs& a, std::span<Shape> in, std::span<Shape> out) const {
    sameAsFirstShapes(a, in, out);
  }
  void operator()(const OpAttrs& a, std::span<DType> in, std::span<DType> out) const {
    sameAsFirstTypes(a, in, out);
  }
};
}  // namespace rules_detail

/// Every input and output has one shape (one dtype); what is known of any is known of all.
inline constexpr rules_detail::AllSame allSame{};
/// The first input and all outputs have one shape (one dtype); the other inputs are left alone.
inline constexpr rules_detail::SameAsFirst sameAsFirst{};

/// Two inputs broadcast against each other, aligned at the last axis, as in NumPy.
void broadcastShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out);

/// Merges `value` into `known`, naming the operator and the operand in the error: "dot: input lhs
/// has dtype …".
void unify(const OpAttrs& attrs, const char* operand, DType& known, DType value);
void unify(const OpAttrs& attrs, const char* operand, Shape& known, const Shape& value);

/// The type rule of outputs with a fixed dtype, whatever the inputs have.
TypeRule outputsAre(DType dtype);

}  // namespace tenon
