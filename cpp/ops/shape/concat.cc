// Operators that join and cut along an axis: Concat, stack, SliceChannel, _split_v2. Each part is
// one strided copy.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct ConcatParams {
  int32_t num_args;
  int32_t dim;

  static void describe(ParamSchema<ConcatParams>& s) {
    s.field("num_args", &ConcatParams::num_args, "How many arrays.").range(1, 1 << 16);
    s.field("dim", &ConcatParams::dim,
            "The axis along which to join; negative counts from the end.")
        .defaultTo(1);
  }
};

struct StackParams {
  int32_t axis;
  int32_t num_args;

  static void describe(ParamSchema<StackParams>& s) {
    s.field("axis", &StackParams::axis,
            "Where the new axis stands in the result; negative counts from the end.")
        .defaultTo(0);
    s.field("num_args", &StackParams::num_args, "How many arrays.").range(1, 1 << 16);
  }
};

struct SplitParams {
  int32_t num_outputs;
  int32_t axis;
  bool squeeze_axis;

  static void describe(ParamSchema<SplitParams>& s) {
    s.field("num_outputs", &SplitParams::num_outputs, "How many parts; must divide the axis.")
        .range(1, 1 << 16);
    s.field("axis", &SplitParams::axis, "The axis to cut; negative counts from the end.")
        .defaultTo(1);
    s.field("squeeze_axis", &SplitParams::squeeze_axis,
            "Whether to remove the axis: parts must have extent 1.")
        .defaultTo(false);
  }
};

struct SplitAtParams {
  IntList indices;
  int32_t axis;
  bool squeeze_axis;
  int32_t sections;

  static void describe(ParamSchema<SplitAtParams>& s) {
    s.field("indices", &SplitAtParams::indices,
            "Where each part begins, the first at 0; unused with `sections`.");
    s.field("axis", &SplitAtParams::axis, "The axis to cut; negative counts from the end.")
        .defaultTo(1);
    s.field("squeeze_axis", &SplitAtParams::squeeze_axis,
            "Whether to remove the axis: parts must have extent 1.")
        .defaultTo(false);
    s.field("sections", &SplitAtParams::sections, "If not 0: how many equal parts.")
        .defaultTo(0)
        .range(0, 1 << 16);
  }
};

/// Copies between one dense array, seen as (outer, whole, inner), and a part (outer, extent, inner)
/// at `begin`.
void movePart(Mover& mover, const TensorView& whole, int axis, int64_t begin, int64_t extent,
              const TensorView& part, bool gather) {
  const int64_t outer = whole.shape.product(0, axis);
  const int64_t inner = whole.shape.product(axis + 1, whole.shape.rank());
  const int64_t whole_step = whole.shape[axis] * inner;
  const int64_t part_step = extent * inner;
  CopyNest nest;
  nest.add(outer, gather ? whole_step : part_step, gather ? part_step : whole_step);
  nest.add(part_step, 1, 1);
  gather ? nest.offsetFrom(begin * inner) : nest.offsetTo(begin * inner);
  mover.copy(nest, gather ? whole.data : part.data, gather ? part.data : whole.data,
             sizeOf(whole.dtype));
}

// Concat

void concatShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  int rank = out[0].rank();
  for (const Shape& shape : in) {
    if (shape.rankKnown()) rank = shape.rank();
  }
  if (rank == Shape::kUnknownRank) return;
  const int axis = Shape::ofRank(rank).axis(attrs.params<ConcatParams>().dim, "Concat");
  // What all have in common: every axis but one.
  Shape common = merge(out[0], Shape::ofRank(rank));
  const int64_t whole = common[axis];
  common[axis] = Shape::kUnknownDim;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!in[i].rankKnown()) continue;
    Shape other = in[i];
    const bool fits = other.rank() == rank;
    if (fits) other[axis] = Shape::kUnknownDim;
    try {
      TENON_CHECK(fits, kInvalidArgument, "ranks differ");
      common = merge(common, other);
    } catch (const Error&) {
      Shape expected = common;
      expected[axis] = Shape::kUnknownDim;
      fail(ErrorKind::kInvalidArgument, "Concat: input ", i, " has shape ", in[i], ", expected ",
           expected, " (axis ", axis, " is free)");
    }
  }
  int64_t sum = 0;
  int missing = 0;
  Shape* last_missing = nullptr;
  for (Shape& shape : in) {
    const int64_t extent = shape.rankKnown() ? shape[axis] : Shape::kUnknownDim;
    shape = common;
    shape[axis] = extent;
    if (extent < 0) {
      ++missing;
      last_missing = &shape;
    } else {
      sum += extent;
      Shape{sum}.checkAddressable();
    }
  }
  if (missing == 1 && whole >= 0) {
    TENON_CHECK(whole >= sum, kInvalidArgument, "Concat: the inputs' extents on axis ", axis,
                " exceed the output's ", whole);
    (*last_missing)[axis] = whole - sum;
    sum = whole;
    missing = 0;
  }
  Shape result = common;
  if (missing == 0) result[axis] = sum;
  out[0] = merge(out[0], result);
}

void runConcat(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int axis = out[0].shape.axis(context.attrs().params<ConcatParams>().dim, "Concat");
  int64_t begin = 0;
  for (const TensorView& part : in) {
    movePart(context.mover(), out[0], axis, begin, part.shape[axis], part, false);
    begin += part.shape[axis];
  }
}

std::vector<Value> concatGradient(GradientBuilder& g) {
  std::vector<Value> inputs{g.outputGradient(0)};
  for (int i = 0; i < g.attrs().numInputs(); ++i) inputs.push_back(g.input(i));
  return g.applyAll("_backward_Concat", inputs,
                    {{"num_args", std::to_string(inputs.size())},
                     {"dim", std::to_string(g.attrs().params<ConcatParams>().dim)}});
}

/// (head, inputs…) -> the inputs' gradients.
void concatBackShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = in[i + 1] = merge(out[i], in[i + 1]);
  concatShape(attrs, in.subspan(1), in.first(1));
}

void runConcatBack(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  const int axis = in[0].shape.axis(context.attrs().params<ConcatParams>().dim, "Concat");
  int64_t begin = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t extent = in[i + 1].shape[axis];
    if (requests[i] != Request::kNull)
      movePart(context.mover(), in[0], axis, begin, extent, out[i], true);
    begin += extent;
  }
}

std::vector<Value> concatBackGradient(GradientBuilder& g) {
  std::vector<Value> heads;
  for (int i = 0; i < g.attrs().numOutputs(); ++i) heads.push_back(g.outputGradient(i));
  std::vector<Value> result(static_cast<size_t>(g.attrs().numInputs()));
  result[0] = g.applyAll("Concat", heads,
                         {{"num_args", std::to_string(heads.size())},
                          {"dim", std::to_string(g.attrs().params<ConcatParams>().dim)}})
                  .front();
  return result;
}

// stack

void stackShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<StackParams>();
  Shape part;
  for (const Shape& shape : in) part = merge(part, shape);
  if (!part.rankKnown() && out[0].rankKnown()) {
    TENON_CHECK(out[0].rank() > 0, kInvalidArgument, "stack: the result cannot be a scalar");
    part = Shape::ofRank(out[0].rank() - 1);
  }
  if (!part.rankKnown()) return;
  TENON_CHECK(part.rank() < Shape::kMaxRank, kInvalidArgument, "stack: an input has rank ",
              part.rank(), ", expected less than ", Shape::kMaxRank);
  const int axis = Shape::ofRank(part.rank() + 1).axis(p.axis, "stack");
  Shape whole = Shape::scalar();
  for (int i = 0; i <= part.rank(); ++i) {
    if (i == axis) whole.append(static_cast<int64_t>(in.size()));
    if (i < part.rank()) whole.append(part[i]);
  }
  out[0] = merge(out[0], whole);
  for (int i = 0; i < part.rank(); ++i) part[i] = out[0][i < axis ? i : i + 1];
  for (Shape& shape : in) shape = part;
}

void runStack(KernelContext& context, std::span<const TensorView> in,
              std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int axis = out[0].shape.axis(context.attrs().params<StackParams>().axis, "stack");
  for (size_t i = 0; i < in.size(); ++i)
    movePart(context.mover(), out[0], axis, static_cast<int64_t>(i), 1, in[i], false);
}

std::vector<Value> stackGradient(GradientBuilder& g) {
  return g.applyAll("SliceChannel", std::vector<Value>{g.outputGradient(0)},
                    {{"num_outputs", std::to_string(g.attrs().numInputs())},
                     {"axis", std::to_string(g.attrs().params<StackParams>().axis)},
                     {"squeeze_axis", "True"}});
}

// SliceChannel and _split_v2

/// The extents of the parts of an axis of `extent`; where `extent` is unknown, so are those that
/// depend on it.
using ExtentsOf = std::vector<int64_t> (*)(const OpAttrs&, int64_t extent);

std::vector<int64_t> equalParts(int64_t extent, int64_t parts, std::string_view who) {
  TENON_CHECK(extent < 0 || extent % parts == 0, kInvalidArgument, who, ": an axis of ", extent,
              " cannot be cut into ", parts, " equal parts");
  return std::vector<int64_t>(static_cast<size_t>(parts), extent < 0 ? extent : extent / parts);
}

std::vector<int64_t> channelExtents(const OpAttrs& attrs, int64_t extent) {
  return equalParts(extent, attrs.params<SplitParams>().num_outputs, "SliceChannel");
}

std::vector<int64_t> splitAtExtents(const OpAttrs& attrs, int64_t extent) {
  const auto& p = attrs.params<SplitAtParams>();
  if (p.sections > 0) return equalParts(extent, p.sections, "_split_v2");
  std::vector<int64_t> extents;
  for (int i = 0; i < p.indices.count; ++i) {
    const bool last = i + 1 == p.indices.count;
    const int64_t begin = extent < 0 ? p.indices.values[i] : std::min(p.indices.values[i], extent);
    const int64_t end = last         ? extent
                        : extent < 0 ? p.indices.values[i + 1]
                                     : std::min(p.indices.values[i + 1], extent);
    TENON_CHECK(begin >= 0 && (end >= begin || (last && extent < 0)), kInvalidArgument,
                "_split_v2: index ", begin, " is out of order");
    extents.push_back(end < 0 ? Shape::kUnknownDim : end - begin);
  }
  return extents;
}

template <class P, ExtentsOf extents_of>
void splitShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<P>();
  int rank = in[0].rank();
  for (const Shape& part : out) {
    if (part.rankKnown() && rank == Shape::kUnknownRank)
      rank = part.rank() + (p.squeeze_axis ? 1 : 0);
  }
  if (rank == Shape::kUnknownRank) return;
  TENON_CHECK(rank <= Shape::kMaxRank, kInvalidArgument, attrs.op().name, ": the data has rank ",
              rank, ", expected at most ", Shape::kMaxRank);
  in[0] = merge(in[0], Shape::ofRank(rank));
  const int axis = in[0].axis(p.axis, attrs.op().name);
  const std::vector<int64_t> extents = extents_of(attrs, in[0][axis]);
  int64_t sum = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    TENON_CHECK(!p.squeeze_axis || extents[i] < 0 || extents[i] == 1, kInvalidArgument,
                attrs.op().name, ": squeeze_axis needs parts of extent 1, but axis ", axis, " of ",
                in[0], " gives ", extents[i]);
    Shape part = Shape::scalar();
    for (int k = 0; k < rank; ++k) {
      if (k != axis) part.append(in[0][k]);
      if (k == axis && !p.squeeze_axis) part.append(extents[i]);
    }
    out[i] = merge(out[i], part);
    const int64_t extent = p.squeeze_axis ? 1 : out[i][axis];
    sum = sum < 0 || extent < 0 ? Shape::kUnknownDim : sum + extent;
    for (int k = 0; k < rank; ++k) {
      if (k != axis) in[0][k] = out[i][k > axis && p.squeeze_axis ? k - 1 : k];
    }
  }
  if (sum >= 0) in[0][axis] = sum;
}

template <class P, ExtentsOf extents_of>
void runSplit(KernelContext& context, std::span<const TensorView> in,
              std::span<const TensorView> out, std::span<const Request> requests) {
  const int axis = in[0].shape.axis(context.attrs().params<P>().axis, "split");
  const std::vector<int64_t> extents = extents_of(context.attrs(), in[0].shape[axis]);
  int64_t begin = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] != Request::kNull)
      movePart(context.mover(), in[0], axis, begin, extents[i], out[i], true);
    begin += extents[i];
  }
}

template <class P>
std::vector<Value> splitGradient(GradientBuilder& g) {
  const auto& p = g.attrs().params<P>();
  std::vector<Value> heads;
  for (int i = 0; i < g.attrs().numOutputs(); ++i) heads.push_back(g.outputGradient(i));
  const std::string count = std::to_string(heads.size());
  const std::string axis = std::to_string(p.axis);
  return p.squeeze_axis ? g.applyAll("stack", heads, {{"num_args", count}, {"axis", axis}})
                        : g.applyAll("Concat", heads, {{"num_args", count}, {"dim", axis}});
}

int splitCount(const SplitParams& p) { return p.num_outputs; }

int splitAtCount(const SplitAtParams& p) { return p.sections > 0 ? p.sections : p.indices.count; }

int concatBackCount(const ConcatParams& p) { return p.num_args - 1; }

const OpRegistration kConcat =
    OpBuilder("Concat")
        .doc("Joins arrays along an axis. They agree in all other axes.")
        .group("shape")
        .alias({"concat"})
        .params<ConcatParams>()
        .variadicInput("num_args", "data", "The arrays to join.")
        .shape(concatShape)
        .type(allSame)
        .gradient(concatGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runConcat, .adds = false, .moves = true});

const OpRegistration kConcatBack =
    OpBuilder("_backward_Concat")
        .doc("The gradients of Concat: the parts of the head.")
        .params<ConcatParams>()
        .variadicInput("num_args", "data",
                       "The head's gradient, then the joined arrays, whose elements are not used.")
        .outputCount<ConcatParams>(concatBackCount)
        .shape(concatBackShape)
        .type(allSame)
        .gradient(concatBackGradient)
        .inlineBelow(kInlineMove)
        .hidden()
        .cpu({.prepare = nullptr, .run = runConcatBack, .adds = false, .moves = true});

const OpRegistration kStack =
    OpBuilder("stack")
        .doc("Joins arrays of one shape along a new axis.")
        .group("shape")
        .params<StackParams>()
        .variadicInput("num_args", "data", "The arrays to join.")
        .shape(stackShape)
        .type(allSame)
        .gradient(stackGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runStack, .adds = false, .moves = true});

const OpRegistration kSliceChannel = OpBuilder("SliceChannel")
                                         .doc("Cuts an array into equal parts along an axis.")
                                         .group("shape")
                                         .alias({"split"})
                                         .params<SplitParams>()
                                         .input("data", "The array to cut.")
                                         .outputCount<SplitParams>(splitCount)
                                         .shape(splitShape<SplitParams, channelExtents>)
                                         .type(allSame)
                                         .gradient(splitGradient<SplitParams>)
                                         .inlineBelow(kInlineMove)
                                         .cpu({.prepare = nullptr,
                                               .run = runSplit<SplitParams, channelExtents>,
                                               .adds = false,
                                               .moves = true});

const OpRegistration kSplitAt =
    OpBuilder("_split_v2")
        .doc("Cuts an array into parts that begin at given indices, or into equal parts.")
        .group("shape")
        .params<SplitAtParams>()
        .input("data", "The array to cut.")
        .outputCount<SplitAtParams>(splitAtCount)
        .shape(splitShape<SplitAtParams, splitAtExtents>)
        .type(allSame)
        .gradient(splitGradient<SplitAtParams>)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr,
              .run = runSplit<SplitAtParams, splitAtExtents>,
              .adds = false,
              .moves = true});

}  // namespace
}  // namespace tenon
