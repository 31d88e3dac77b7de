// Cast: the same values in another type (the rules are in convert.h), and _cast_like, its gradient.
#include <type_traits>

#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/loops/convert_half.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct CastParams {
  DType dtype;

  static void describe(ParamSchema<CastParams>& s) {
    s.field("dtype", &CastParams::dtype, "Type of the result.");
  }
};

constexpr int64_t kFloor = 32 * 1024;

template <class From, class To>
void convert(const From* from, To* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = convertTo<To>(from[i]);
}

void convert(const Float16* from, float* to, int64_t n) { halfToFloat(from, to, n); }
void convert(const float* from, Float16* to, int64_t n) { floatToHalf(from, to, n); }

void cast(const TensorView& in, const TensorView& out) {
  if (in.dtype == out.dtype) return copyBytes(in.data, out.data, out.bytes());
  withType(in.dtype, [&]<class From>(From) {
    withType(out.dtype, [&]<class To>(To) {
      if constexpr (!std::is_same_v<From, To>) {
        const From* from = in.as<const From>();
        To* to = out.as<To>();
        parallelFor(out.size(), kFloor, [&](int64_t begin, int64_t end) {
          convert(from + begin, to + begin, end - begin);
        });
      }
    });
  });
}

void castType(const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
  out[0] = attrs.params<CastParams>().dtype;
}

void runCast(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
             std::span<const Request> requests) {
  if (requests[0] != Request::kNull) cast(in[0], out[0]);
}

std::vector<Value> castGradient(GradientBuilder& g) {
  return {g.apply("_cast_like", {g.outputGradient(0), g.input(0)})};
}

void castLikeShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  in[0] = out[0] = merge(in[0], out[0]);
}

void castLikeType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[1] != DType::kUnknown) out[0] = in[1];
}

std::vector<Value> castLikeGradient(GradientBuilder& g) {
  return {g.apply("_cast_like", {g.outputGradient(0), g.input(0)}), Value{}};
}

const OpRegistration kCast = OpBuilder("Cast")
                                 .doc(
                                     "Converts to another type. Floats become integers by cutting "
                                     "towards zero; those that do not fit become the "
                                     "nearest value that does, NaN becomes 0.")
                                 .group("elementwise")
                                 .alias({"cast"})
                                 .params<CastParams>()
                                 .input("data", "The array to convert.")
                                 .shape(allSame)
                                 .type(castType)
                                 .gradient(castGradient)
                                 .inlineBelow(kInlineMove)
                                 .cpu({.prepare = nullptr, .run = runCast, .adds = false});

const OpRegistration kCastLike =
    OpBuilder("_cast_like")
        .doc("Converts to the type of another array.")
        .input("data", "The array to convert.")
        .input("like", "An array of the result's type; its elements are not used.")
        .shape(castLikeShape)
        .type(castLikeType)
        .gradient(castLikeGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runCast, .adds = false});

}  // namespace
}  // namespace tenon
