// _contrib_boolean_mask: the rows for which a condition holds. How many depends on the data, so the
// kernel allocates the result.
#include <cstring>

#include "base/error.h"
#include "ops/cast/convert.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct BooleanMaskParams {
  int32_t axis;

  static void describe(ParamSchema<BooleanMaskParams>& s) {
    s.field("axis", &BooleanMaskParams::axis, "The axis to choose from: the first.")
        .defaultTo(0)
        .range(0, 0);
  }
};

void rowsShape(std::span<Shape> in, size_t data) {
  if (!in[data].rankKnown()) return;
  TENON_CHECK(in[data].rank() > 0, kInvalidArgument, "_contrib_boolean_mask: data is a scalar");
  in[1] = merge(in[1], Shape{in[data][0]});
}

void maskShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  rowsShape(in, 0);
  if (!in[0].rankKnown()) return;
  Shape result = in[0];
  result[0] = Shape::kUnknownDim;
  out[0] = merge(out[0], result);
}

void maskType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[0] == DType::kUnknown) in[0] = out[0];
  out[0] = in[0];
  if (in[1] == DType::kUnknown) in[1] = in[0];
}

bool holds(const TensorView& index, int64_t row) {
  return withType(index.dtype,
                  [&]<class T>(T) { return convertTo<bool>(index.as<const T>()[row]); });
}

size_t rowBytes(const TensorView& data) {
  return static_cast<size_t>(data.shape.product(1, data.shape.rank())) * sizeOf(data.dtype);
}

void runMask(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView>,
             std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  TENON_CHECK(
      requests[0] != Request::kAdd, kUnsupported,
      "_contrib_boolean_mask: a result whose size depends on data cannot be added to another");
  const int64_t rows = in[0].shape[0];
  Shape shape = in[0].shape;
  shape[0] = 0;
  for (int64_t i = 0; i < rows; ++i) shape[0] += holds(in[1], i) ? 1 : 0;
  char* to = context.allocateOutput(0, shape).as<char>();
  const size_t bytes = rowBytes(in[0]);
  for (int64_t i = 0; i < rows; ++i) {
    if (!holds(in[1], i)) continue;
    std::memcpy(to, in[0].as<const char>() + static_cast<size_t>(i) * bytes, bytes);
    to += bytes;
  }
}

std::vector<Value> maskGradient(GradientBuilder& g) {
  return {g.apply("_backward_contrib_boolean_mask", {g.outputGradient(0), g.input(1), g.input(0)}),
          Value{}};
}

/// (head, index, data) -> data's shape.
void maskBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[2] = merge(in[2], out[0]);
  rowsShape(in, 2);
}

void maskBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  out[0] = in[0] = in[2];
}

void runMaskBack(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                 std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  zeroFill(out[0]);
  const size_t bytes = rowBytes(out[0]);
  const char* from = in[0].as<const char>();
  const char* end = from + in[0].bytes();
  for (int64_t i = 0; i < out[0].shape[0] && from != end; ++i) {
    if (!holds(in[1], i)) continue;
    std::memcpy(out[0].as<char>() + static_cast<size_t>(i) * bytes, from, bytes);
    from += bytes;
  }
}

const OpRegistration kMask = OpBuilder("_contrib_boolean_mask")
                                 .doc("The rows of data for which index is not zero.")
                                 .group("index")
                                 .params<BooleanMaskParams>()
                                 .input("data", "The rows to choose from.")
                                 .input("index", "One condition for each row; of any type.")
                                 .shape(maskShape)
                                 .type(maskType)
                                 .gradient(maskGradient)
                                 .cpu({.prepare = nullptr, .run = runMask, .allocates = true});

const OpRegistration kMaskBack =
    OpBuilder("_backward_contrib_boolean_mask")
        .doc("The gradient of _contrib_boolean_mask: the head's rows, put back.")
        .input("head", "The gradient of the result.")
        .input("index", "As in the operator.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .shape(maskBackShape)
        .type(maskBackType)
        .hidden()
        .cpu({.prepare = nullptr, .run = runMaskBack, .adds = false});

}  // namespace
}  // namespace tenon
