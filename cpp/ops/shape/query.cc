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

void put(KernelContext& context, const TensorView& out, int64_t index, int64_t value) {
  CopyNest nest;
  nest.add(1, 0, 1);
  nest.offsetTo(index);
  context.mover().fill(nest, &value, out.data, sizeof value);
}

void runShapeArray(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  for (int i = 0; i < in[0].shape.rank(); ++i) put(context, out[0], i, in[0].shape[i]);
}

void runSizeArray(KernelContext& context, std::span<const TensorView> in,
                  std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] != Request::kNull) put(context, out[0], 0, in[0].size());
}

const OpRegistration kShapeArray =
    OpBuilder("shape_array")
        .doc("The extents of an array, as int64.")
        .group("shape")
        .input("data", "The array; its elements are not used.")
        .shape(shapeArrayShape)
        .type(int64Type)
        .zeroGradient()
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runShapeArray, .adds = false, .moves = true});

const OpRegistration kSizeArray =
    OpBuilder("size_array")
        .doc("The number of elements of an array, as int64 of shape (1,).")
        .group("shape")
        .input("data", "The array; its elements are not used.")
        .shape(sizeArrayShape)
        .type(int64Type)
        .zeroGradient()
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runSizeArray, .adds = false, .moves = true});

}  // namespace
}  // namespace tenon
