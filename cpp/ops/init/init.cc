// Operators that make arrays out of nothing but their parameters: _zeros, _ones, _full, _set_value,
// _arange, _linspace, _eye.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/init/params.h"
#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

template <class P>
void shapeParam(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  out[0] = merge(out[0], attrs.params<P>().shape);
}

template <class P>
void typeParam(const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
  out[0] = attrs.params<P>().dtype;
}

template <int value>
void runConstant(KernelContext& context, std::span<const TensorView>,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] != Request::kNull) fill(context.mover(), out[0], value);
}

void runFull(KernelContext& context, std::span<const TensorView>, std::span<const TensorView> out,
             std::span<const Request> requests) {
  if (requests[0] != Request::kNull)
    fill(context.mover(), out[0], context.attrs().params<FullParams>().value);
}

void setValueShape(const OpAttrs&, std::span<Shape>, std::span<Shape>) {}

void setValueType(const OpAttrs&, std::span<DType>, std::span<DType> out) {
  if (out[0] == DType::kUnknown) out[0] = DType::kFloat32;
}

void runSetValue(KernelContext& context, std::span<const TensorView>,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] != Request::kNull) fill(context.mover(), out[0], context.dynamic(0));
}

/// out[i] = value(i), computed in double and converted.
template <class F>
void fillBy(const TensorView& out, F&& value) {
  withType(out.dtype, [&]<class T>(T) {
    T* to = out.as<T>();
    parallelFor(out.size(), 16384, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = convertTo<T>(value(i));
    });
  });
}

void arangeShape(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  const auto& p = attrs.params<ArangeParams>();
  out[0] = merge(out[0], Shape::ofRank(1));
  if (p.infer_range && !p.stop.has) return;
  const double start = p.stop.has ? p.start : 0;
  const double stop = p.stop.has ? p.stop.value : p.start;
  TENON_CHECK(p.step != 0 && std::isfinite(p.step), kInvalidArgument, "_arange: step is ", p.step,
              ", expected a finite number other than 0");
  const double steps = std::ceil((stop - start) / p.step);
  TENON_CHECK(steps * p.repeat < 0x1p48, kInvalidArgument, "_arange: from ", start, " to ", stop,
              " by ", p.step, " is too long");
  out[0] = merge(out[0], Shape{steps > 0 ? static_cast<int64_t>(steps) * p.repeat : 0});
}

void runArange(KernelContext& context, std::span<const TensorView>, std::span<const TensorView> out,
               std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<ArangeParams>();
  const double start = p.stop.has || p.infer_range ? p.start : 0;
  fillBy(out[0], [&](int64_t i) { return start + p.step * static_cast<double>(i / p.repeat); });
}

void linspaceShape(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  out[0] = merge(out[0], Shape{attrs.params<LinspaceParams>().num});
}

void runLinspace(KernelContext& context, std::span<const TensorView>,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<LinspaceParams>();
  const int64_t intervals = p.endpoint ? p.num - 1 : p.num;
  const double step = intervals > 0 ? (p.stop - p.start) / static_cast<double>(intervals) : 0;
  fillBy(out[0], [&](int64_t i) {
    return p.endpoint && i > 0 && i == intervals ? p.stop : p.start + step * static_cast<double>(i);
  });
}

void eyeShape(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  const auto& p = attrs.params<EyeParams>();
  out[0] = merge(out[0], Shape{p.N, p.M > 0 ? p.M : p.N});
}

void runEye(KernelContext& context, std::span<const TensorView>, std::span<const TensorView> out,
            std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int64_t rows = out[0].shape[0];
  const int64_t columns = out[0].shape[1];
  const int64_t k = std::clamp(context.attrs().params<EyeParams>().k, -rows, columns);
  zeroFill(out[0]);
  const int64_t first = std::max<int64_t>(0, -k);
  withType(out[0].dtype, [&]<class T>(T) {
    for (int64_t i = first; i < rows && i < columns - k; ++i)
      out[0].as<T>()[i * columns + i + k] = T(1);
  });
}

const OpRegistration kZeros = OpBuilder("_zeros")
                                  .doc("An array of zeros.")
                                  .group("init")
                                  .params<FillParams>()
                                  .shape(shapeParam<FillParams>)
                                  .type(typeParam<FillParams>)
                                  .inlineBelow(kInlineMove)
                                  .cpu({.prepare = nullptr, .run = runConstant<0>, .adds = false});

const OpRegistration kOnes = OpBuilder("_ones")
                                 .doc("An array of ones.")
                                 .group("init")
                                 .params<FillParams>()
                                 .shape(shapeParam<FillParams>)
                                 .type(typeParam<FillParams>)
                                 .inlineBelow(kInlineMove)
                                 .cpu({.prepare = nullptr, .run = runConstant<1>, .adds = false});

const OpRegistration kFull = OpBuilder("_full")
                                 .doc("An array of one value.")
                                 .group("init")
                                 .params<FullParams>()
                                 .shape(shapeParam<FullParams>)
                                 .type(typeParam<FullParams>)
                                 .inlineBelow(kInlineMove)
                                 .cpu({.prepare = nullptr, .run = runFull, .adds = false});

const OpRegistration kSetValue = OpBuilder("_set_value")
                                     .doc(
                                         "Fills an array that exists with one value: its shape and "
                                         "type are those of where the result goes.")
                                     .group("init")
                                     .params<SetValueParams>()
                                     .shape(setValueShape)
                                     .type(setValueType)
                                     .inlineBelow(kInlineMove)
                                     .cpu({.prepare = nullptr, .run = runSetValue, .adds = false});

const OpRegistration kArange =
    OpBuilder("_arange")
        .doc("Evenly spaced values from `start` to before `stop`, each `repeat` times.")
        .group("init")
        .params<ArangeParams>()
        .shape(arangeShape)
        .type(typeParam<ArangeParams>)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runArange, .adds = false});

const OpRegistration kLinspace = OpBuilder("_linspace")
                                     .doc("`num` evenly spaced values from `start` to `stop`.")
                                     .group("init")
                                     .params<LinspaceParams>()
                                     .shape(linspaceShape)
                                     .type(typeParam<LinspaceParams>)
                                     .inlineBelow(kInlineMove)
                                     .cpu({.prepare = nullptr, .run = runLinspace, .adds = false});

const OpRegistration kEye = OpBuilder("_eye")
                                .doc("A matrix with ones on one diagonal and zeros elsewhere.")
                                .group("init")
                                .params<EyeParams>()
                                .shape(eyeShape)
                                .type(typeParam<EyeParams>)
                                .inlineBelow(kInlineMove)
                                .cpu({.prepare = nullptr, .run = runEye, .adds = false});

}  // namespace
}  // namespace tenon
