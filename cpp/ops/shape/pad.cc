// Pad: surrounds an array by a constant, by its edge, or by its mirror image without the edge.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/cast/scalar_bits.h"
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
    const int64_t sum = before(p, i) + after(p, i);
    TENON_CHECK(before(p, i) >= 0 && after(p, i) >= 0, kInvalidArgument,
                "Pad: pad_width is negative on axis ", i);
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

/// Which index of the data stands at `index` of the padded axis.
int64_t sourceIndex(PadMode mode, int64_t index, int64_t before, int64_t extent) {
  const int64_t i = index - before;
  if (mode == PadMode::kEdge) return std::clamp<int64_t>(i, 0, extent - 1);
  if (i < 0) return -i;
  return i < extent ? i : 2 * (extent - 1) - i;
}

void fillConstant(const TensorView& out, double value) {
  CopyNest nest;
  nest.add(out.size(), 0, 1);
  const ScalarBits bits(value, out.dtype);
  nest.copy(bits.data(), out.data, sizeOf(out.dtype));
}

void runPad(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
            std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.attrs().params<PadParams>();
  const int rank = out[0].shape.rank();
  int64_t from[Shape::kMaxRank];
  int64_t to[Shape::kMaxRank];
  denseStrides(in[0].shape, from);
  denseStrides(out[0].shape, to);
  if (p.mode == PadMode::kConstant) {
    fillConstant(out[0], p.constant_value);
    CopyNest nest;
    for (int i = 0; i < rank; ++i) {
      nest.add(in[0].shape[i], from[i], to[i]);
      nest.offsetTo(before(p, i) * to[i]);
    }
    nest.copy(in[0].data, out[0].data, sizeOf(out[0].dtype));
    return;
  }
  const int64_t width = rank > 0 ? out[0].shape[rank - 1] : 1;
  withSize(sizeOf(out[0].dtype), [&]<class T>(T) {
    parallelFor(
        out[0].size() / width, std::max<int64_t>(16384 / width, 1),
        [&](int64_t begin, int64_t end) {
          for (int64_t row = begin; row < end; ++row) {
            const T* source = in[0].as<const T>();
            int64_t rest = row;
            for (int i = rank - 2; i >= 0; --i) {
              source += from[i] *
                        sourceIndex(p.mode, rest % out[0].shape[i], before(p, i), in[0].shape[i]);
              rest /= out[0].shape[i];
            }
            T* target = out[0].as<T>() + row * width;
            for (int64_t i = 0; i < width; ++i) {
              target[i] =
                  rank > 0
                      ? source[sourceIndex(p.mode, i, before(p, rank - 1), in[0].shape[rank - 1])]
                      : *source;
            }
          }
        });
  });
}

/// The gradient of modes edge and reflect: every padded element's head goes back to where it came
/// from. Serial over the result, axis after axis would need temporaries.
void runPadBack(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<PadParams>();
  const TensorView& head = in[0];
  const int rank = head.shape.rank();
  int64_t strides[Shape::kMaxRank];
  denseStrides(out[0].shape, strides);
  zeroFill(out[0]);
  withType(out[0].dtype, [&]<class T>(T) {
    int64_t index[Shape::kMaxRank] = {};
    for (int64_t k = 0; k < head.size(); ++k) {
      int64_t at = 0;
      for (int i = 0; i < rank; ++i)
        at += strides[i] * sourceIndex(p.mode, index[i], before(p, i), out[0].shape[i]);
      T& sum = out[0].as<T>()[at];
      sum = static_cast<T>(sum + head.as<const T>()[k]);
      for (int i = rank - 1; i >= 0 && ++index[i] == head.shape[i]; --i) index[i] = 0;
    }
  });
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
        .cpu({.prepare = nullptr, .run = runPad, .adds = false});

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
        .cpu({.prepare = nullptr, .run = runPadBack, .adds = false});

}  // namespace
}  // namespace tenon
