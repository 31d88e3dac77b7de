// one_hot: each index becomes a row with one element on.
#include <algorithm>

#include "base/parallel.h"
#include "ops/index/index_values.h"
#include "ops/index/params.h"
#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

void oneHotShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (in[0].rankKnown()) {
    Shape result = in[0];
    result.append(attrs.params<OneHotParams>().depth);
    out[0] = merge(out[0], result);
  }
  if (out[0].rank() > 0) {
    in[0] = merge(in[0], Shape(out[0].dims().first(static_cast<size_t>(out[0].rank() - 1))));
  }
}

void oneHotType(const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
  out[0] = attrs.params<OneHotParams>().dtype;
}

void runOneHot(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.attrs().params<OneHotParams>();
  withType(out[0].dtype, [&]<class T>(T) {
    const T on = convertTo<T>(p.on_value);
    const T off = convertTo<T>(p.off_value);
    withType(in[0].dtype, [&]<class I>(I) {
      parallelFor(in[0].size(), std::max<int64_t>(16384 / p.depth, 1),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i) {
                      T* row = out[0].as<T>() + i * p.depth;
                      std::fill_n(row, p.depth, off);
                      const int64_t index = convertTo<int64_t>(in[0].as<const I>()[i]);
                      if (index >= 0 && index < p.depth) row[index] = on;
                    }
                  });
    });
  });
}

const OpRegistration kOneHot = OpBuilder("one_hot")
                                   .doc(
                                       "Turns each index into a row of `depth` values, one of them "
                                       "on. An index outside gives a row without.")
                                   .group("index")
                                   .params<OneHotParams>()
                                   .input("indices", "The indices; an array of any shape and type.")
                                   .shape(oneHotShape)
                                   .type(oneHotType)
                                   .zeroGradient()
                                   .inlineBelow(kInlineMove)
                                   .cpu({.prepare = nullptr, .run = runOneHot, .adds = false});

}  // namespace
}  // namespace tenon
