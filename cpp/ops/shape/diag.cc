// diag: the diagonal of a matrix, or the matrix that has a given diagonal. Both are one strided
// copy.
#include <algorithm>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct DiagParams {
  int32_t k;
  int32_t axis1;
  int32_t axis2;

  static void describe(ParamSchema<DiagParams>& s) {
    s.field("k", &DiagParams::k, "Which diagonal: 0 the main one, positive above, negative below.")
        .defaultTo(0);
    s.field("axis1", &DiagParams::axis1, "The axis of rows; unused for a vector.").defaultTo(0);
    s.field("axis2", &DiagParams::axis2, "The axis of columns; unused for a vector.").defaultTo(1);
  }
};

/// A diagonal within an array: where it begins, how far apart its elements are, how many there are,
/// and the axes that remain.
struct Diagonal {
  int64_t offset = 0;
  int64_t stride = 0;
  int64_t count = 0;
  Shape others = Shape::scalar();
  int64_t other_strides[Shape::kMaxRank] = {};
};

Diagonal diagonalOf(const Shape& shape, const DiagParams& p) {
  const int rows = shape.axis(p.axis1, "diag");
  const int columns = shape.axis(p.axis2, "diag");
  TENON_CHECK(rows != columns, kInvalidArgument, "diag: axis1 and axis2 are both ", rows);
  int64_t strides[Shape::kMaxRank];
  denseStrides(shape, strides);
  Diagonal d;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i == rows || i == columns) continue;
    d.other_strides[d.others.rank()] = strides[i];
    d.others.append(shape[i]);
  }
  const int64_t down = p.k < 0 ? -int64_t{p.k} : 0;
  const int64_t right = p.k > 0 ? p.k : 0;
  d.count = std::max<int64_t>(0, std::min(shape[rows] - down, shape[columns] - right));
  d.offset = down * strides[rows] + right * strides[columns];
  d.stride = strides[rows] + strides[columns];
  return d;
}

void diagShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<DiagParams>();
  if (!in[0].known()) return;
  TENON_CHECK(in[0].rank() > 0, kInvalidArgument, "diag: data is a scalar");
  if (in[0].rank() == 1) {
    const int64_t side = in[0][0] + std::abs(int64_t{p.k});
    out[0] = merge(out[0], Shape{side, side});
    return;
  }
  const Diagonal d = diagonalOf(in[0], p);
  Shape result = d.others;
  result.append(d.count);
  out[0] = merge(out[0], result);
}

/// Copies between the diagonals of `whole` and `parts`, whose last axis runs along them.
void moveDiagonal(Mover& mover, const TensorView& whole, const DiagParams& p,
                  const TensorView& parts, bool read) {
  const Diagonal d = diagonalOf(whole.shape, p);
  int64_t strides[Shape::kMaxRank];
  denseStrides(parts.shape, strides);
  CopyNest nest;
  const auto add = [&](int64_t extent, int64_t in_whole, int64_t in_parts) {
    nest.add(extent, read ? in_whole : in_parts, read ? in_parts : in_whole);
  };
  for (int i = 0; i < d.others.rank(); ++i) add(d.others[i], d.other_strides[i], strides[i]);
  add(d.count, d.stride, 1);
  read ? nest.offsetFrom(d.offset) : nest.offsetTo(d.offset);
  mover.copy(nest, read ? whole.data : parts.data, read ? parts.data : whole.data,
             sizeOf(whole.dtype));
}

/// A vector is written onto the diagonal of a matrix.
constexpr DiagParams ofMatrix(const DiagParams& p) { return {p.k, 0, 1}; }

void runDiag(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<DiagParams>();
  if (in[0].shape.rank() > 1) return moveDiagonal(context.mover(), in[0], p, out[0], true);
  context.mover().zero(out[0]);
  moveDiagonal(context.mover(), out[0], ofMatrix(p), in[0], false);
}

std::vector<Value> diagGradient(GradientBuilder& g) {
  return {g.apply("_backward_diag", {g.outputGradient(0), g.input(0)}, g.attrs().dict())};
}

/// (head, data) -> data's shape.
void diagBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[1] = merge(in[1], out[0]);
}

void runDiagBack(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<DiagParams>();
  if (out[0].shape.rank() == 1)
    return moveDiagonal(context.mover(), in[0], ofMatrix(p), out[0], true);
  context.mover().zero(out[0]);
  moveDiagonal(context.mover(), out[0], p, in[0], false);
}

std::vector<Value> diagBackGradient(GradientBuilder& g) {
  return {g.apply("diag", {g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

const OpRegistration kDiag =
    OpBuilder("diag")
        .doc(
            "The diagonals of matrices, as last axis of the result; of a "
            "vector the matrix that has it as diagonal.")
        .group("shape")
        .params<DiagParams>()
        .input("data", "Matrices or a vector.")
        .shape(diagShape)
        .type(allSame)
        .gradient(diagGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runDiag, .adds = false, .moves = true});

const OpRegistration kDiagBack =
    OpBuilder("_backward_diag")
        .doc("The gradient of diag.")
        .params<DiagParams>()
        .input("head", "The gradient of the result.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .shape(diagBackShape)
        .type(allSame)
        .gradient(diagBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runDiagBack, .adds = false, .moves = true});

}  // namespace
}  // namespace tenon
