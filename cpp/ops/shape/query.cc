// Operators about an array instead of its elements: shape_array, size_array.
#include <algorithm>

#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

void shapeArrayShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  if (in[0].rankKnown()) out[0] = merge(out[0], Shape{in[0].rank()});
}

void sizeArrayShape(const OpAttrs&, std::span<Shape>, std::span<Shape> out) {
  out[0] = merge(out[0], Shape{1});
}

void int64Type(const OpAttrs&, std::span<DType>, std::span<DType> out) { out[0] = DType::kInt64; }

void put(const TensorView& out, int64_t index, int64_t value, Request request) {
  int64_t& target = out.as<int64_t>()[index];
  target = request == Request::kAdd ? target + value : value;
}

void runShapeArray(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                   std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  for (int i = 0; i < in[0].shape.rank(); ++i) put(out[0], i, in[0].shape[i], requests[0]);
}

void runSizeArray(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                  std::span<const Request> requests) {
  if (requests[0] != Request::kNull) put(out[0], 0, in[0].size(), requests[0]);
}

const OpRegistration kShapeArray = OpBuilder("shape_array")
                                       .doc("The extents of an array, as int64.")
                                       .group("shape")
                                       .input("data", "The array; its elements are not used.")
                                       .shape(shapeArrayShape)
                                       .type(int64Type)
                                       .zeroGradient()
                                       .inlineBelow(kInlineMove)
                                       .cpu({.prepare = nullptr, .run = runShapeArray});

const OpRegistration kSizeArray =
    OpBuilder("size_array")
        .doc("The number of elements of an array, as int64 of shape (1,).")
        .group("shape")
        .input("data", "The array; its elements are not used.")
        .shape(sizeArrayShape)
        .type(int64Type)
        .zeroGradient()
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runSizeArray});

}  // namespace
}  // namespace tenon
