// Operators that look rows up: take, Embedding, and their gradient, which adds each head row to the
// row that it came from.
//
// Everything is seen as (outer, axis, inner): result[o, k, i] = data[o, indices[k], i].
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/index/index_values.h"
#include "ops/index/params.h"
#include "ops/index/scatter_add.h"
#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct EmbeddingParams {
  int32_t input_dim;
  int32_t output_dim;
  DType dtype;
  bool sparse_grad;

  static void describe(ParamSchema<EmbeddingParams>& s) {
    s.field("input_dim", &EmbeddingParams::input_dim, "How many rows the table has.")
        .range(1, INT32_MAX);
    s.field("output_dim", &EmbeddingParams::output_dim, "How long a row is.").range(1, INT32_MAX);
    s.field("dtype", &EmbeddingParams::dtype, "Type of the table.").defaultTo(DType::kFloat32);
    s.field("sparse_grad", &EmbeddingParams::sparse_grad,
            "Accepted for models that ask for a sparse gradient; the gradient is dense.")
        .defaultTo(false);
  }
};

/// data.shape[:axis] + indices.shape + data.shape[axis + 1:]
Shape takenShape(const Shape& data, const Shape& indices, int axis) {
  Shape result = Shape::scalar();
  for (int i = 0; i < axis; ++i) result.append(data[i]);
  for (int64_t extent : indices) result.append(extent);
  for (int i = axis + 1; i < data.rank(); ++i) result.append(data[i]);
  return result;
}

void takeShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown() || !in[1].rankKnown()) return;
  TENON_CHECK(in[0].rank() > 0, kInvalidArgument, "take: a is a scalar");
  out[0] =
      merge(out[0], takenShape(in[0], in[1], in[0].axis(attrs.params<TakeParams>().axis, "take")));
}

void takeType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[0] == DType::kUnknown) in[0] = out[0];
  out[0] = in[0];
  if (in[1] == DType::kUnknown) in[1] = in[0];
}

/// How an array is seen by the operators here.
struct Rows {
  int64_t outer;
  int64_t extent;
  int64_t inner;
};

Rows rowsOf(const Shape& data, int axis) {
  return {data.product(0, axis), data[axis], data.product(axis + 1, data.rank())};
}

template <class T>
void gatherRows(const T* data, const Rows& rows, const int64_t* indices, int64_t count, T* out) {
  const auto bytes = static_cast<size_t>(rows.inner) * sizeof(T);
  parallelFor(rows.outer * count, std::max<int64_t>(16384 / std::max<int64_t>(rows.inner, 1), 1),
              [&](int64_t begin, int64_t end) {
                for (int64_t k = begin; k < end; ++k) {
                  const T* row =
                      data + ((k / count) * rows.extent + indices[k % count]) * rows.inner;
                  if (rows.inner == 1) {
                    out[k] = *row;
                  } else {
                    std::memcpy(out + k * rows.inner, row, bytes);
                  }
                }
              });
}

void gather(KernelContext& context, const TensorView& data, const TensorView& indices, int axis,
            IndexMode mode, std::string_view who, const TensorView& out) {
  if (out.size() == 0 && mode != IndexMode::kRaise) return;
  const int64_t count = indices.size();
  auto* places =
      static_cast<int64_t*>(context.workspace(static_cast<size_t>(count) * sizeof(int64_t)));
  placeAll(indices, data.shape[axis], mode, who, places);
  if (out.size() == 0) return;
  withSize(sizeOf(data.dtype), [&]<class T>(T) {
    gatherRows(data.as<const T>(), rowsOf(data.shape, axis), places, count, out.as<T>());
  });
}

void runTake(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<TakeParams>();
  gather(context, in[0], in[1], in[0].shape.axis(p.axis, "take"), p.mode, "take", out[0]);
}

std::vector<Value> takeGradient(GradientBuilder& g) {
  return {g.needs(0) ? g.apply("_backward_take", {g.outputGradient(0), g.input(1), g.input(0)},
                               g.attrs().dict())
                     : Value{},
          Value{}};
}

/// (head, indices, data) -> data's shape.
void takeBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[2] = merge(in[2], out[0]);
}

void takeBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (out[0] == DType::kUnknown) out[0] = in[0];
  in[0] = out[0];
  if (in.size() > 2) in[2] = out[0];
}

void runTakeBack(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<TakeParams>();
  const Rows rows = rowsOf(out[0].shape, out[0].shape.axis(p.axis, "take"));
  scatterAddRows(context, in[0], in[1], rows.outer, rows.extent, rows.inner, p.mode, out[0],
                 requests[0] == Request::kAdd);
}

std::vector<Value> takeBackGradient(GradientBuilder& g) {
  return {g.apply("take", {g.outputGradient(0), g.input(1)}, g.attrs().dict()), Value{}, Value{}};
}

// Embedding: take along axis 0 of a table whose shape the parameters say.

void embeddingShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<EmbeddingParams>();
  in[1] = merge(in[1], Shape{p.input_dim, p.output_dim});
  if (in[0].rankKnown()) {
    Shape result = in[0];
    result.append(p.output_dim);
    out[0] = merge(out[0], result);
  }
  if (!out[0].rankKnown()) return;
  TENON_CHECK(out[0].rank() > 0, kInvalidArgument, "Embedding: the result cannot be a scalar");
  in[0] = merge(in[0], Shape(out[0].dims().first(static_cast<size_t>(out[0].rank() - 1))));
}

void embeddingType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  if (in[1] == DType::kUnknown)
    in[1] = out[0] == DType::kUnknown ? attrs.params<EmbeddingParams>().dtype : out[0];
  out[0] = in[1];
  if (in[0] == DType::kUnknown) in[0] = in[1];
}

void runEmbedding(KernelContext& context, std::span<const TensorView> in,
                  std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  gather(context, in[1], in[0], 0, IndexMode::kClip, "Embedding", out[0]);
}

std::vector<Value> embeddingGradient(GradientBuilder& g) {
  return {Value{}, g.needs(1) ? g.apply("_backward_Embedding", {g.outputGradient(0), g.input(0)},
                                        g.attrs().dict())
                              : Value{}};
}

void embeddingBackShape(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  const auto& p = attrs.params<EmbeddingParams>();
  out[0] = merge(out[0], Shape{p.input_dim, p.output_dim});
}

void runEmbeddingBack(KernelContext& context, std::span<const TensorView> in,
                      std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  scatterAddRows(context, in[0], in[1], 1, out[0].shape[0], out[0].shape[1], IndexMode::kClip,
                 out[0], requests[0] == Request::kAdd);
}

std::vector<Value> embeddingBackGradient(GradientBuilder& g) {
  return {g.apply("Embedding", {g.input(1), g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

const OpRegistration kTake =
    OpBuilder("take")
        .doc(
            "Takes elements along an axis: result[…, k, …] = a[…, indices[k], …]. NaN as an index "
            "is 0.")
        .group("index")
        .params<TakeParams>()
        .input("a", "The array to take from.")
        .input("indices", "Which elements; an array of any shape and type.")
        .shape(takeShape)
        .type(takeType)
        .gradient(takeGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runTake, .adds = false});

const OpRegistration kTakeBack =
    OpBuilder("_backward_take")
        .doc("The gradient of take: the head's rows, each added to where it came from.")
        .params<TakeParams>()
        .input("head", "The gradient of the result.")
        .input("indices", "As in the operator.")
        .input("data", "An array of the shape taken from; its elements are not used.")
        .shape(takeBackShape)
        .type(takeBackType)
        .gradient(takeBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runTakeBack});

const OpRegistration kEmbedding =
    OpBuilder("Embedding")
        .doc("Looks rows of a table up. Indices outside take the nearest row.")
        .group("nn")
        .params<EmbeddingParams>()
        .input("data", "Which rows; an array of any shape and type.")
        .input("weight", "The table, of shape (input_dim, output_dim).")
        .shape(embeddingShape)
        .type(embeddingType)
        .gradient(embeddingGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runEmbedding, .adds = false});

const OpRegistration kEmbeddingBack =
    OpBuilder("_backward_Embedding")
        .doc(
            "The gradient of Embedding's table: the head's rows, each added to where it came from.")
        .params<EmbeddingParams>()
        .input("head", "The gradient of the result.")
        .input("data", "As in the operator.")
        .shape(embeddingBackShape)
        .type(takeBackType)
        .gradient(embeddingBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runEmbeddingBack});

}  // namespace
}  // namespace tenon
