// Operators that take one element of each row: pick and batch_take. The gradient is zero but at the
// element picked.
#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/index/index_values.h"
#include "ops/index/params.h"
#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

int pickAxis(const OpAttrs& attrs, const Shape& data) {
  const auto& axis = attrs.params<PickParams>().axis;
  TENON_CHECK(axis.has, kInvalidArgument, "pick: axis is None, expected one axis");
  return data.axis(axis.value, "pick");
}

Shape without(const Shape& data, int axis, bool keep) {
  Shape result = Shape::scalar();
  for (int i = 0; i < data.rank(); ++i) {
    if (i != axis) result.append(data[i]);
    if (i == axis && keep) result.append(1);
  }
  // As everywhere among the classic operators, no axis left is shape (1,).
  if (result.rank() == 0) result.append(1);
  return result;
}

void pickShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  const int axis = pickAxis(attrs, in[0]);
  out[0] = merge(out[0], without(in[0], axis, attrs.params<PickParams>().keepdims));
  if (!in[1].rankKnown()) return;
  const bool same_rank = in[1].rank() == in[0].rank() && in[0].rank() > 1;
  in[1] = merge(in[1], without(in[0], axis, same_rank));
}

void pickType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[0] == DType::kUnknown) in[0] = out[0];
  out[0] = in[0];
  if (in[1] == DType::kUnknown) in[1] = in[0];
}

/// Calls body(row, place): `place` is the offset in data of the element of `row` that is picked.
template <class F>
void forPicked(const Shape& data, int axis, const TensorView& indices, IndexMode mode,
               std::string_view who, F&& body) {
  const int64_t extent = data[axis];
  const int64_t inner = data.product(axis + 1, data.rank());
  TENON_CHECK(extent > 0 || indices.size() == 0, kIndex, who,
              ": cannot pick from an axis of extent 0");
  withType(indices.dtype, [&]<class I>(I) {
    const I* index = indices.as<const I>();
    parallelFor(indices.size(), 8192, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const int64_t at = placed(convertTo<int64_t>(index[row]), extent, mode, who);
        body(row, (row / inner * extent + at) * inner + row % inner);
      }
    });
  });
}

void pick(const TensorView& data, int axis, const TensorView& indices, IndexMode mode,
          std::string_view who, const TensorView& out) {
  withSize(sizeOf(data.dtype), [&]<class T>(T) {
    forPicked(data.shape, axis, indices, mode, who,
              [&](int64_t row, int64_t place) { out.as<T>()[row] = data.as<const T>()[place]; });
  });
}

void runPick(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  pick(in[0], pickAxis(context.attrs(), in[0].shape), in[1],
       context.attrs().params<PickParams>().mode, "pick", out[0]);
}

std::vector<Value> pickGradient(GradientBuilder& g) {
  return {g.needs(0) ? g.apply("_backward_pick", {g.outputGradient(0), g.input(1), g.input(0)},
                               g.attrs().dict())
                     : Value{},
          Value{}};
}

/// (head, index, data) -> data's shape.
void pickBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[2] = merge(in[2], out[0]);
}

void pickBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (out[0] == DType::kUnknown) out[0] = in[0];
  in[0] = in[2] = out[0];
}

void runPickBack(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  zeroFill(out[0]);
  withSize(sizeOf(out[0].dtype), [&]<class T>(T) {
    forPicked(out[0].shape, pickAxis(context.attrs(), out[0].shape), in[1],
              context.attrs().params<PickParams>().mode, "pick", [&](int64_t row, int64_t place) {
                out[0].as<T>()[place] = in[0].as<const T>()[row];
              });
  });
}

std::vector<Value> pickBackGradient(GradientBuilder& g) {
  return {g.apply("pick", {g.outputGradient(0), g.input(1)}, g.attrs().dict()), Value{}, Value{}};
}

// batch_take: pick along the second axis of a matrix.

void batchTakeShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  in[0] = merge(in[0], Shape::ofRank(2));
  in[1] = merge(in[1], Shape{in[0][0]});
  out[0] = in[1] = merge(in[1], out[0]);
  in[0][0] = in[1][0];
}

void runBatchTake(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                  std::span<const Request> requests) {
  if (requests[0] != Request::kNull) pick(in[0], 1, in[1], IndexMode::kClip, "batch_take", out[0]);
}

std::vector<Value> batchTakeGradient(GradientBuilder& g) {
  return {g.needs(0) ? g.apply("_backward_pick", {g.outputGradient(0), g.input(1), g.input(0)},
                               {{"axis", "1"}})
                     : Value{},
          Value{}};
}

const OpRegistration kPick =
    OpBuilder("pick")
        .doc(
            "Takes one element along an axis for each position of the others: result[i] = data[i, "
            "index[i]].")
        .group("index")
        .alias({"choose_element_0index"})
        .params<PickParams>()
        .input("data", "The array to pick from.")
        .input("index", "Which elements; data's shape without the axis, or with extent 1 there.")
        .shape(pickShape)
        .type(pickType)
        .gradient(pickGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runPick, .adds = false});

const OpRegistration kPickBack =
    OpBuilder("_backward_pick")
        .doc("The gradient of pick: zero but at the elements picked.")
        .params<PickParams>()
        .input("head", "The gradient of the result.")
        .input("index", "As in the operator.")
        .input("data", "An array of the shape picked from; its elements are not used.")
        .shape(pickBackShape)
        .type(pickBackType)
        .gradient(pickBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runPickBack, .adds = false});

const OpRegistration kBatchTake =
    OpBuilder("batch_take")
        .doc("Takes one element of each row of a matrix: result[i] = a[i, indices[i]].")
        .group("index")
        .input("a", "A matrix.")
        .input("indices", "The column of each row; outside, the nearest.")
        .shape(batchTakeShape)
        .type(pickType)
        .gradient(batchTakeGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runBatchTake, .adds = false});

}  // namespace
}  // namespace tenon
