// argmax, argmin and argmax_channel: the index of the first extreme element along an axis. NaN
// counts as more extreme than any number. Indices come in the input's dtype, as in MXNet's classic
// operators.
#include <algorithm>

#include "base/error.h"
#include "base/half.h"
#include "base/parallel.h"
#include "ops/loops/map.h"
#include "ops/reduce/axes.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

constexpr int64_t kInline = 1024;

void argShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  const auto& p = attrs.params<ArgParams>();
  const int searched = p.axis.has ? in[0].axis(p.axis.value, attrs.op().name) : -1;
  Shape shape = Shape::scalar();
  for (int i = 0; i < in[0].rank(); ++i) {
    if (p.axis.has && i != searched) {
      shape.append(in[0][i]);
    } else if (p.keepdims) {
      shape.append(1);
    }
  }
  if (shape.rank() == 0) shape.append(1);
  unify(attrs, "output", out[0], shape);
}

void channelShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  TENON_CHECK(in[0].rank() >= 2, kInvalidArgument, attrs.op().name, ": input data has shape ",
              in[0], ", expected at least 2 dimensions");
  Shape shape = Shape::scalar();
  for (int i = 0; i < in[0].rank(); ++i) {
    if (i != 1) shape.append(in[0][i]);
  }
  unify(attrs, "output", out[0], shape);
}

/// The array as outer x length x inner.
struct Extents {
  int64_t outer = 1;
  int64_t length = 1;
  int64_t inner = 1;
};

template <bool kMax, class T>
bool beats(T x, T best) {
  if (best != best) return false;
  if (x != x) return true;
  return kMax ? x > best : x < best;
}

/// Searches with values of type A; T is what is stored.
template <bool kMax, class T, class A>
void search(const T* data, const Extents& e, int64_t* result) {
  parallelFor(e.outer * e.inner, std::max<int64_t>(1, 16384 / e.length),
              [&](int64_t first, int64_t last) {
                for (int64_t i = first; i < last; ++i) {
                  const T* x = data + i / e.inner * e.length * e.inner + i % e.inner;
                  int64_t best = 0;
                  A value = static_cast<A>(x[0]);
                  for (int64_t k = 1; k < e.length; ++k) {
                    const A other = static_cast<A>(x[k * e.inner]);
                    if (beats<kMax>(other, value)) {
                      value = other;
                      best = k;
                    }
                  }
                  result[i] = best;
                }
              });
}

template <bool kMax>
void searchTyped(const TensorView& in, const Extents& e, int64_t* result) {
  switch (in.dtype) {
    case DType::kFloat32:
      return search<kMax, float, float>(in.as<float>(), e, result);
    case DType::kFloat64:
      return search<kMax, double, double>(in.as<double>(), e, result);
    case DType::kFloat16:
      return search<kMax, Float16, float>(in.as<Float16>(), e, result);
    case DType::kBFloat16:
      return search<kMax, BFloat16, float>(in.as<BFloat16>(), e, result);
    case DType::kInt32:
      return search<kMax, int32_t, int64_t>(in.as<int32_t>(), e, result);
    case DType::kInt64:
      return search<kMax, int64_t, int64_t>(in.as<int64_t>(), e, result);
    case DType::kInt8:
      return search<kMax, int8_t, int64_t>(in.as<int8_t>(), e, result);
    case DType::kUInt8:
    case DType::kBool:
      return search<kMax, uint8_t, int64_t>(in.as<uint8_t>(), e, result);
    case DType::kUnknown:
      break;
  }
  fail(ErrorKind::kInternal, "argmax of an array without dtype");
}

template <bool kMax>
void run(KernelContext& context, const Extents& e, const TensorView& in, const TensorView& out,
         Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  TENON_CHECK(e.length > 0, kInvalidArgument, context.attrs().op().name,
              ": the axis searched of shape ", in.shape, " is empty");
  auto* result =
      static_cast<int64_t*>(context.workspace(static_cast<size_t>(out.size()) * sizeof(int64_t)));
  searchTyped<kMax>(in, e, result);
  mapCopy(denseView(result, out.shape, DType::kInt64, out.device), out, request);
}

template <bool kMax>
void runArg(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
            std::span<const Request> requests) {
  const auto& p = context.attrs().params<ArgParams>();
  const Shape& shape = in[0].shape;
  Extents e;
  if (p.axis.has) {
    const int axis = shape.axis(p.axis.value, context.attrs().op().name);
    e = {shape.product(0, axis), shape[axis], shape.product(axis + 1, shape.rank())};
  } else {
    e.length = shape.size();
  }
  run<kMax>(context, e, in[0], out[0], requests[0]);
}

void runChannel(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  const Shape& shape = in[0].shape;
  run<true>(context, {shape[0], shape[1], shape.product(2, shape.rank())}, in[0], out[0],
            requests[0]);
}

const OpRegistration kArgmax =
    OpBuilder("argmax")
        .doc("Finds the index of the first largest element along an axis.")
        .group("reduce")
        .params<ArgParams>()
        .input("data", "The input.")
        .shape(argShapes)
        .type(allSame)
        .zeroGradient()
        .inlineBelow(kInline)
        .cpu(runArg<true>);
const OpRegistration kArgmin =
    OpBuilder("argmin")
        .doc("Finds the index of the first smallest element along an axis.")
        .group("reduce")
        .params<ArgParams>()
        .input("data", "The input.")
        .shape(argShapes)
        .type(allSame)
        .zeroGradient()
        .inlineBelow(kInline)
        .cpu(runArg<false>);
const OpRegistration kArgmaxChannel =
    OpBuilder("argmax_channel")
        .doc("Finds the index of the first largest element along axis 1.")
        .group("reduce")
        .input("data", "The input.")
        .shape(channelShapes)
        .type(allSame)
        .zeroGradient()
        .inlineBelow(kInline)
        .cpu(runChannel);

}  // namespace
}  // namespace tenon
