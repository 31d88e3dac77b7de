// Operators that permute axes: transpose, SwapAxis, and depth_to_space and space_to_depth, which
// are a reshape, a permutation and a reshape.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct TransposeParams {
  IntList axes;

  static void describe(ParamSchema<TransposeParams>& s) {
    s.field("axes", &TransposeParams::axes,
            "For each axis of the result, the input's axis; empty: all, reversed.")
        .defaultTo(IntList{});
  }
};

struct SwapAxisParams {
  int32_t dim1;
  int32_t dim2;

  static void describe(ParamSchema<SwapAxisParams>& s) {
    s.field("dim1", &SwapAxisParams::dim1, "One axis.").defaultTo(0);
    s.field("dim2", &SwapAxisParams::dim2, "The other.").defaultTo(0);
  }
};

struct BlockParams {
  int32_t block_size;

  static void describe(ParamSchema<BlockParams>& s) {
    s.field("block_size", &BlockParams::block_size, "Side of the square blocks.").range(1, 1 << 20);
  }
};

/// For each axis of the result, the input's.
struct Permutation {
  int rank = 0;
  int axis[Shape::kMaxRank] = {};
};

Permutation transposition(const OpAttrs& attrs, int rank) {
  const IntList& axes = attrs.params<TransposeParams>().axes;
  Permutation p{.rank = rank};
  if (axes.count == 0) {
    for (int i = 0; i < rank; ++i) p.axis[i] = rank - 1 - i;
    return p;
  }
  TENON_CHECK(axes.count == rank, kInvalidArgument, "transpose: ", axes.count,
              " axes given for an array of rank ", rank);
  bool seen[Shape::kMaxRank] = {};
  for (int i = 0; i < rank; ++i) {
    p.axis[i] = Shape::ofRank(rank).axis(axes.values[i], "transpose");
    TENON_CHECK(!seen[p.axis[i]], kInvalidArgument, "transpose: axis ", p.axis[i],
                " is named twice");
    seen[p.axis[i]] = true;
  }
  return p;
}

Permutation swap(const OpAttrs& attrs, int rank) {
  const auto& p = attrs.params<SwapAxisParams>();
  Permutation result{.rank = rank};
  for (int i = 0; i < rank; ++i) result.axis[i] = i;
  const Shape shape = Shape::ofRank(rank);
  std::swap(result.axis[shape.axis(p.dim1, "SwapAxis")],
            result.axis[shape.axis(p.dim2, "SwapAxis")]);
  return result;
}

using PermutationOf = Permutation (*)(const OpAttrs&, int rank);

template <PermutationOf permutation>
void permuteShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const int rank = in[0].rankKnown() ? in[0].rank() : out[0].rank();
  if (rank == Shape::kUnknownRank) return;
  const Permutation p = permutation(attrs, rank);
  in[0] = merge(in[0], Shape::ofRank(rank));
  out[0] = merge(out[0], Shape::ofRank(rank));
  Shape forward = Shape::ofRank(rank);
  for (int i = 0; i < rank; ++i) forward[i] = in[0][p.axis[i]];
  out[0] = merge(out[0], forward);
  for (int i = 0; i < rank; ++i) in[0][p.axis[i]] = out[0][i];
}

void permute(Mover& mover, const TensorView& in, const TensorView& out, const Permutation& p) {
  int64_t from[Shape::kMaxRank];
  int64_t to[Shape::kMaxRank];
  denseStrides(in.shape, from);
  denseStrides(out.shape, to);
  CopyNest nest;
  for (int i = 0; i < p.rank; ++i) nest.add(out.shape[i], from[p.axis[i]], to[i]);
  mover.copy(nest, in.data, out.data, sizeOf(in.dtype));
}

template <PermutationOf permutation>
void runPermute(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  permute(context.mover(), in[0], out[0], permutation(context.attrs(), in[0].shape.rank()));
}

std::vector<Value> transposeGradient(GradientBuilder& g) {
  const IntList& axes = g.attrs().params<TransposeParams>().axes;
  AttrMap attrs;
  if (axes.count > 0) {
    // The inverse permutation.
    int64_t inverse[Shape::kMaxRank] = {};
    for (int i = 0; i < axes.count; ++i) {
      inverse[Shape::ofRank(axes.count).axis(axes.values[i], "transpose")] = i;
    }
    std::string text = "(";
    for (int i = 0; i < axes.count; ++i) text += std::to_string(inverse[i]) + ",";
    attrs["axes"] = text + ")";
  }
  return {g.apply("transpose", {g.outputGradient(0)}, attrs)};
}

std::vector<Value> swapGradient(GradientBuilder& g) {
  return {g.apply("SwapAxis", {g.outputGradient(0)}, g.attrs().dict())};
}

// depth_to_space: (n, b·b·c, h, w) -> (n, c, h·b, w·b); space_to_depth is its inverse.

Shape imageShape(const Shape& shape, std::string_view who) {
  if (!shape.rankKnown()) return Shape::ofRank(4);
  TENON_CHECK(shape.rank() == 4, kInvalidArgument, who, ": data has shape ", shape,
              ", expected (n,c,h,w)");
  return shape;
}

int64_t times(int64_t extent, int64_t factor) {
  if (extent < 0) return extent;
  Shape{extent, factor}.checkAddressable();
  return extent * factor;
}

int64_t dividedBy(int64_t extent, int64_t divisor, std::string_view who, const Shape& shape) {
  if (extent < 0) return extent;
  TENON_CHECK(extent % divisor == 0, kInvalidArgument, who, ": shape ", shape,
              " is no multiple of the blocks: ", extent, " by ", divisor);
  return extent / divisor;
}

void depthToSpace(Shape& deep, Shape& wide, int64_t block, std::string_view who) {
  const Shape d = imageShape(deep, who);
  const Shape w = imageShape(wide, who);
  wide = merge(w, Shape{d[0], dividedBy(d[1], block * block, who, d), times(d[2], block),
                        times(d[3], block)});
  deep = merge(d, Shape{w[0], times(w[1], block * block), dividedBy(w[2], block, who, w),
                        dividedBy(w[3], block, who, w)});
}

void depthToSpaceShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  depthToSpace(in[0], out[0], attrs.params<BlockParams>().block_size, "depth_to_space");
}

void spaceToDepthShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  depthToSpace(out[0], in[0], attrs.params<BlockParams>().block_size, "space_to_depth");
}

/// The nest of (n, c, h, y, w, x) with x and y within a block, by the strides of both arrangements.
CopyNest blockNest(const Shape& deep, int64_t b, bool from_deep) {
  const int64_t c = deep[1] / (b * b);
  const int64_t h = deep[2];
  const int64_t w = deep[3];
  const int64_t extents[] = {deep[0], c, h, b, w, b};
  const int64_t in_deep[] = {deep[1] * h * w, h * w, w, b * c * h * w, 1, c * h * w};
  const int64_t in_wide[] = {deep[1] * h * w, b * h * b * w, b * b * w, b * w, b, 1};
  CopyNest nest;
  for (int i = 0; i < 6; ++i) {
    nest.add(extents[i], from_deep ? in_deep[i] : in_wide[i], from_deep ? in_wide[i] : in_deep[i]);
  }
  return nest;
}

void runDepthToSpace(KernelContext& context, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int64_t block = context.attrs().params<BlockParams>().block_size;
  context.mover().copy(blockNest(in[0].shape, block, true), in[0].data, out[0].data,
                       sizeOf(in[0].dtype));
}

void runSpaceToDepth(KernelContext& context, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int64_t block = context.attrs().params<BlockParams>().block_size;
  context.mover().copy(blockNest(out[0].shape, block, false), in[0].data, out[0].data,
                       sizeOf(in[0].dtype));
}

std::vector<Value> depthToSpaceGradient(GradientBuilder& g) {
  return {g.apply("space_to_depth", {g.outputGradient(0)}, g.attrs().dict())};
}

std::vector<Value> spaceToDepthGradient(GradientBuilder& g) {
  return {g.apply("depth_to_space", {g.outputGradient(0)}, g.attrs().dict())};
}

const OpRegistration kTranspose =
    OpBuilder("transpose")
        .doc("Permutes the axes.")
        .group("shape")
        .params<TransposeParams>()
        .input("data", "The array to transpose.")
        .shape(permuteShape<transposition>)
        .type(allSame)
        .gradient(transposeGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runPermute<transposition>, .adds = false, .moves = true});

const OpRegistration kSwapAxis =
    OpBuilder("SwapAxis")
        .doc("Swaps two axes.")
        .group("shape")
        .alias({"swapaxes"})
        .params<SwapAxisParams>()
        .input("data", "The array whose axes are swapped.")
        .shape(permuteShape<swap>)
        .type(allSame)
        .gradient(swapGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runPermute<swap>, .adds = false, .moves = true});

const OpRegistration kDepthToSpace =
    OpBuilder("depth_to_space")
        .doc("Moves blocks of the depth into space: (n, b²·c, h, w) becomes (n, c, b·h, b·w).")
        .group("shape")
        .params<BlockParams>()
        .input("data", "An array of shape (n, b²·c, h, w).")
        .shape(depthToSpaceShape)
        .type(allSame)
        .gradient(depthToSpaceGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runDepthToSpace, .adds = false, .moves = true});

const OpRegistration kSpaceToDepth =
    OpBuilder("space_to_depth")
        .doc("Moves blocks of space into the depth: (n, c, b·h, b·w) becomes (n, b²·c, h, w).")
        .group("shape")
        .params<BlockParams>()
        .input("data", "An array of shape (n, c, b·h, b·w).")
        .shape(spaceToDepthShape)
        .type(allSame)
        .gradient(spaceToDepthGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runSpaceToDepth, .adds = false, .moves = true});

}  // namespace
}  // namespace tenon
