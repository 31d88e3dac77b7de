// Pad: surrounds an array by a constant, by its edge, or by its mirror image without the edge.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

enum class PadMode : int32_t { kConstant, kEdge, kReflect };

struct PadParams {
  PadMode mode;
  IntList pad_width;
  double constant_value;

  static void describe(ParamSchema<PadParams>& s) {
    s.field("mode", &PadParams::mode, "What to fill in.")
        .options({{"constant", PadMode::kConstant},
                  {"edge", PadMode::kEdge},
                  {"reflect", PadMode::kReflect}});
    s.field("pad_width", &PadParams::pad_width,
            "For each axis, how many elements before and how many after.");
    s.field("constant_value", &PadParams::constant_value, "The value of mode constant.")
        .defaultTo(0.0);
  }
};

int64_t before(const PadParams& p, int axis) { return p.pad_width.values[2 * axis]; }
int64_t after(const PadParams& p, int axis) { return p.pad_width.values[2 * axis + 1]; }

void padShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<PadParams>();
  TENON_CHECK(p.pad_width.count % 2 == 0 && p.pad_width.count <= 2 * Shape::kMaxRank,
              kInvalidArgument, "Pad: pad_width has ", p.pad_width.count,
              " entries, expected two for each axis");
  in[0] = merge(in[0], Shape::ofRank(p.pad_width.count / 2));
  out[0] = merge(out[0], Shape::ofRank(p.pad_width.count / 2));
  Shape wide = in[0];
  Shape narrow = out[0];
  for (int i = 0; i < wide.rank(); ++i) {
    TENON_CHECK(before(p, i) >= 0 && after(p, i) >= 0, kInvalidArgument,
                "Pad: pad_width is negative on axis ", i);
    Shape{before(p, i)}.checkAddressable();
    Shape{after(p, i)}.checkAddressable();
    const int64_t sum = before(p, i) + after(p, i);
    if (wide[i] >= 0) {
      const int64_t reach = std::max(before(p, i), after(p, i));
      TENON_CHECK(p.mode != PadMode::kReflect || reach < wide[i] || reach == 0, kInvalidArgument,
                  "Pad: mode reflect needs more than ", reach, " elements on axis ", i, " of ",
                  wide);
      TENON_CHECK(p.mode != PadMode::kEdge || wide[i] > 0 || sum == 0, kInvalidArgument,
                  "Pad: axis ", i, " of ", wide, " has no edge");
      wide[i] += sum;
    }
    if (narrow[i] >= 0) {
      TENON_CHECK(narrow[i] >= sum, kInvalidArgument, "Pad: the result's ", narrow,
                  " is smaller than its padding");
      narrow[i] -= sum;
    }
  }
  out[0] = merge(out[0], wide);
  in[0] = merge(in[0], narrow);
}

/// Which of the two ends of an axis.
enum class Side { kBefore, kAfter };

/// From the inside of a padded array, along `axis`, to the padding at one of its ends. Along the
/// axes before it only the inside is visited, along those behind it everything: so the ends are
/// filled in from the last axis to the first. `back`: from the padding to the inside.
CopyNest borderNest(const PadParams& p, const Shape& padded, int axis, Side side, bool back) {
  int64_t strides[Shape::kMaxRank];
  denseStrides(padded, strides);
  CopyNest nest;
  int64_t border_offset = 0;
  int64_t inside_offset = 0;
  for (int i = 0; i < padded.rank(); ++i) {
    int64_t extent = padded[i];
    int64_t inside_step = 1;
    if (i < axis) {
      extent -= before(p, i) + after(p, i);
      border_offset += before(p, i) * strides[i];
      inside_offset += before(p, i) * strides[i];
    } else if (i == axis) {
      const bool first = side == Side::kBefore;
      const bool edge = p.mode == PadMode::kEdge;
      // The outermost element of the inside; its mirror image begins beside it.
      const int64_t last = first ? before(p, i) : extent - after(p, i) - 1;
      const int64_t begin = first ? 0 : last + 1;
      extent = first ? before(p, i) : after(p, i);
      inside_step = edge ? 0 : -1;
      border_offset += begin * strides[i];
      inside_offset += (edge ? last : 2 * last - begin) * strides[i];
    }
    const int64_t inside = inside_step * strides[i];
    nest.add(extent, back ? strides[i] : inside, back ? inside : strides[i]);
  }
  nest.offsetFrom(back ? border_offset : inside_offset);
  nest.offsetTo(back ? inside_offset : border_offset);
  return nest;
}

/// Between an array and the inside of the padded one.
CopyNest insideNest(const PadParams& p, const Shape& data, const Shape& padded, bool back) {
  int64_t in_data[Shape::kMaxRank];
  int64_t in_padded[Shape::kMaxRank];
  denseStrides(data, in_data);
  denseStrides(padded, in_padded);
  CopyNest nest;
  int64_t offset = 0;
  for (int i = 0; i < data.rank(); ++i) {
    nest.add(data[i], back ? in_padded[i] : in_data[i], back ? in_data[i] : in_padded[i]);
    offset += before(p, i) * in_padded[i];
  }
  back ? nest.offsetFrom(offset) : nest.offsetTo(offset);
  return nest;
}

void runPad(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
            std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.attrs().params<PadParams>();
  const Shape& padded = out[0].shape;
  const size_t element = sizeOf(out[0].dtype);
  Mover& mover = context.mover();
  if (p.mode == PadMode::kConstant) fill(mover, out[0], p.constant_value);
  mover.copy(insideNest(p, in[0].shape, padded, false), in[0].data, out[0].data, element);
  for (int i = padded.rank() - 1; p.mode != PadMode::kConstant && i >= 0; --i) {
    if (before(p, i) + after(p, i) == 0) continue;
    mover.settle();
    for (const Side side : {Side::kBefore, Side::kAfter})
      mover.copy(borderNest(p, padded, i, side, false), out[0].data, out[0].data, element);
  }
}

/// The gradient of modes edge and reflect: every padded element's head goes back to where it came
/// from, axis after axis in a copy of the head.
void runPadBack(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.attrs().params<PadParams>();
  const TensorView& head = in[0];
  Mover& mover = context.mover();
  void* const sums = context.workspace(static_cast<size_t>(head.bytes()));
  mover.copyBytes(head.data, sums, head.bytes());
  for (int i = 0; i < head.shape.rank(); ++i) {
    for (const Side side : {Side::kBefore, Side::kAfter}) {
      if ((side == Side::kBefore ? before(p, i) : after(p, i)) == 0) continue;
      mover.sum(borderNest(p, head.shape, i, side, true), sums, sums, head.dtype, true);
    }
  }
  mover.copy(insideNest(p, out[0].shape, head.shape, true), sums, out[0].data, sizeOf(head.dtype));
}

std::vector<Value> padGradient(GradientBuilder& g) {
  const auto& p = g.attrs().params<PadParams>();
  if (p.mode != PadMode::kConstant) {
    return {g.apply("_backward_Pad", {g.outputGradient(0), g.input(0)}, g.attrs().dict())};
  }
  std::string begin = "(";
  std::string end = "(";
  for (int i = 0; i < p.pad_width.count / 2; ++i) {
    begin += std::to_string(before(p, i)) + ",";
    end += (after(p, i) > 0 ? std::to_string(-after(p, i)) : "None") + ",";
  }
  return {g.apply("slice", {g.outputGradient(0)}, {{"begin", begin + ")"}, {"end", end + ")"}})};
}

void padBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[1] = merge(in[1], out[0]);
}

std::vector<Value> padBackGradient(GradientBuilder& g) {
  return {g.apply("Pad", {g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

const OpRegistration kPad =
    OpBuilder("Pad")
        .doc("Surrounds an array by a constant, by its edge, or by its mirror image.")
        .group("shape")
        .alias({"pad"})
        .params<PadParams>()
        .input("data", "The array to pad.")
        .shape(padShape)
        .type(allSame)
        .gradient(padGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runPad, .adds = false, .moves = true});

const OpRegistration kPadBack =
    OpBuilder("_backward_Pad")
        .doc("The gradient of Pad in modes edge and reflect.")
        .params<PadParams>()
        .input("head", "The gradient of the result.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .shape(padBackShape)
        .type(allSame)
        .gradient(padBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runPadBack, .adds = false, .moves = true});

}  // namespace
}  // namespace tenon
