// Operators that order elements along an axis: topk, sort, argsort. Equal elements keep their
// order, NaN counts as the largest value.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/index/index_values.h"
#include "ops/index/sort_params.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

template <class T>
struct Entry {
  T key;
  int64_t index;
};

/// The first `k` of a row in order, the rest behind in any.
template <class T>
void orderRow(std::vector<Entry<T>>& row, int64_t k, bool ascending) {
  const auto less = [](T a, T b) { return a < b || (b != b && a == a); };
  const auto before = [=](const Entry<T>& a, const Entry<T>& b) {
    if (ascending ? less(a.key, b.key) : less(b.key, a.key)) return true;
    if (ascending ? less(b.key, a.key) : less(a.key, b.key)) return false;
    return a.index < b.index;
  };
  if (k < static_cast<int64_t>(row.size())) {
    std::partial_sort(row.begin(), row.begin() + k, row.end(), before);
  } else {
    std::sort(row.begin(), row.end(), before);
  }
}

/// Half types compare as floats.
template <class T>
using Key = std::conditional_t<kIsHalf<T>, float, T>;

/// Calls place(row, position, index) for the first k of each row, in order.
template <class T, class F>
void forOrdered(const TensorView& data, const OrderRows& rows, int64_t k, bool ascending,
                F&& place) {
  const T* from = data.as<const T>();
  parallelFor(
      rows.count(), std::max<int64_t>(2048 / std::max<int64_t>(rows.extent, 1), 1),
      [&](int64_t begin, int64_t end) {
        std::vector<Entry<Key<T>>> row(static_cast<size_t>(rows.extent));
        for (int64_t r = begin; r < end; ++r) {
          const int64_t first = rows.begin(r);
          for (int64_t j = 0; j < rows.extent; ++j) {
            row[static_cast<size_t>(j)] = {static_cast<Key<T>>(from[first + j * rows.inner]), j};
          }
          orderRow(row, k, ascending);
          for (int64_t j = 0; j < k; ++j) place(r, j, row[static_cast<size_t>(j)].index);
        }
      });
}

void putIndex(const TensorView& out, int64_t at, int64_t index) {
  withType(out.dtype, [&]<class T>(T) { out.as<T>()[at] = convertTo<T>(index); });
}

/// The first k of each row: values and indices go to views that may be null.
void select(const TensorView& data, const OrderRows& rows, int64_t k, bool ascending,
            const TensorView* values, const TensorView* indices) {
  const OrderRows to{rows.outer, k, rows.inner};
  withType(data.dtype, [&]<class T>(T) {
    forOrdered<T>(data, rows, k, ascending, [&](int64_t row, int64_t position, int64_t index) {
      const int64_t at = to.begin(row) + position * to.inner;
      if (values) values->as<T>()[at] = data.as<const T>()[rows.begin(row) + index * rows.inner];
      if (indices) putIndex(*indices, at, index);
    });
  });
}

// topk

/// The result's shape where `count` elements are kept of the axis.
Shape keptShape(const Shape& data, const Optional<int32_t>& axis, int64_t count,
                std::string_view who) {
  if (!axis.has) return Shape{count};
  Shape result = data;
  result[data.axis(axis.value, who)] = count;
  return result;
}

void topkShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<TopkParams>();
  if (p.ret_typ == TopkReturns::kMask) {
    in[0] = out[0] = merge(in[0], out[0]);
    return;
  }
  const Shape& data = in[0];
  if (!data.rankKnown() || (!p.axis.has && !data.known())) return;
  const int64_t extent = p.axis.has ? data[data.axis(p.axis.value, "topk")] : data.size();
  for (Shape& shape : out)
    shape = merge(shape, keptShape(data, p.axis, countOf(p, extent), "topk"));
}

void topkType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  const auto& p = attrs.params<TopkParams>();
  out[0] = p.ret_typ == TopkReturns::kIndices ? p.dtype : in[0];
  // Beside values alone, the indices are there for the gradient only.
  if (out.size() > 1) out[1] = p.ret_typ == TopkReturns::kBoth ? p.dtype : DType::kInt64;
}

int topkOutputs(const TopkParams& p) {
  return p.ret_typ == TopkReturns::kBoth || p.ret_typ == TopkReturns::kValue ? 2 : 1;
}

int topkVisible(const TopkParams& p) { return p.ret_typ == TopkReturns::kBoth ? 2 : 1; }

void runTopk(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<TopkParams>();
  const TensorView& data = in[0];
  const OrderRows rows = orderRows(data.shape, p.axis, "topk");
  const int64_t k = countOf(p, rows.extent);
  const TensorView* first = requests[0] == Request::kNull ? nullptr : &out[0];
  if (p.ret_typ == TopkReturns::kMask) {
    if (!first) return;
    zeroFill(out[0]);
    withType(data.dtype, [&]<class T>(T) {
      forOrdered<T>(data, rows, k, p.is_ascend, [&](int64_t row, int64_t, int64_t index) {
        out[0].as<T>()[rows.begin(row) + index * rows.inner] = convertTo<T>(1.0);
      });
    });
    return;
  }
  if (p.ret_typ == TopkReturns::kIndices) return select(data, rows, k, p.is_ascend, nullptr, first);
  select(data, rows, k, p.is_ascend, first, requests[1] == Request::kNull ? nullptr : &out[1]);
}

AttrMap axisAttrs(const Optional<int32_t>& axis) {
  return {{"axis", axis.has ? std::to_string(axis.value) : "None"}};
}

std::vector<Value> topkGradient(GradientBuilder& g) {
  const auto& p = g.attrs().params<TopkParams>();
  if (topkOutputs(p) == 1) return {Value{}};
  return {
      g.apply("_backward_topk", {g.outputGradient(0), g.output(1), g.input(0)}, axisAttrs(p.axis))};
}

/// (head, indices, data) -> data's shape.
void topkBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[2] = merge(in[2], out[0]);
}

void topkBackType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  unify(attrs, "data", in[2], in[0]);
  unify(attrs, "data", in[2], out[0]);
  out[0] = in[0] = in[2];
}

void runTopkBack(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  zeroFill(out[0]);
  if (in[0].size() == 0) return;
  const OrderRows rows =
      orderRows(out[0].shape, context.attrs().params<OrderAxisParams>().axis, "topk");
  const int64_t k = in[0].size() / rows.count();
  const OrderRows from{rows.outer, k, rows.inner};
  withSize(sizeOf(out[0].dtype), [&]<class T>(T) {
    parallelFor(rows.count(), std::max<int64_t>(8192 / k, 1), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        for (int64_t j = 0; j < k; ++j) {
          const int64_t at = from.begin(r) + j * from.inner;
          const int64_t index = placed(indexAt(in[1], at), rows.extent, IndexMode::kClip, "topk");
          out[0].as<T>()[rows.begin(r) + index * rows.inner] = in[0].as<const T>()[at];
        }
      }
    });
  });
}

// sort and argsort

template <class P>
void sortShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& axis = attrs.params<P>().axis;
  const Shape& data = in[0];
  if (!data.rankKnown()) return;
  if (axis.has) data.axis(axis.value, attrs.op().name);
  const Shape result = axis.has ? data : data.known() ? Shape{data.size()} : Shape::ofRank(1);
  for (Shape& shape : out) shape = merge(shape, result);
}

void sortType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[0] == DType::kUnknown) in[0] = out[0];
  out[0] = in[0];
  out[1] = DType::kInt64;
}

void runSort(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<SortParams>();
  const OrderRows rows = orderRows(in[0].shape, p.axis, "sort");
  select(in[0], rows, rows.extent, p.is_ascend, requests[0] == Request::kNull ? nullptr : &out[0],
         requests[1] == Request::kNull ? nullptr : &out[1]);
}

std::vector<Value> sortGradient(GradientBuilder& g) {
  return {g.apply("_backward_topk", {g.outputGradient(0), g.output(1), g.input(0)},
                  axisAttrs(g.attrs().params<SortParams>().axis))};
}

void argsortType(const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
  out[0] = attrs.params<ArgsortParams>().dtype;
}

void runArgsort(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<ArgsortParams>();
  const OrderRows rows = orderRows(in[0].shape, p.axis, "argsort");
  select(in[0], rows, rows.extent, p.is_ascend, nullptr, &out[0]);
}

const OpRegistration kTopk = OpBuilder("topk")
                                 .doc(
                                     "The k largest or smallest elements along an axis, in order. "
                                     "Of equal ones the first counts.")
                                 .group("index")
                                 .params<TopkParams>()
                                 .input("data", "The array to search.")
                                 .outputCount<TopkParams>(topkOutputs)
                                 .visibleOutputs<TopkParams>(topkVisible)
                                 .shape(topkShape)
                                 .type(topkType)
                                 .gradient(topkGradient)
                                 .cpu({.prepare = nullptr, .run = runTopk, .adds = false});

const OpRegistration kTopkBack =
    OpBuilder("_backward_topk")
        .doc("The gradient of topk and sort: the head, put back to where each element came from.")
        .params<OrderAxisParams>()
        .input("head", "The gradient of the values.")
        .input("indices", "Where along the axis they came from.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .shape(topkBackShape)
        .type(topkBackType)
        .hidden()
        .cpu({.prepare = nullptr, .run = runTopkBack, .adds = false});

const OpRegistration kSort = OpBuilder("sort")
                                 .doc("The elements in order along an axis.")
                                 .group("index")
                                 .params<SortParams>()
                                 .input("data", "The array to sort.")
                                 .output("output", "The elements in order.")
                                 .output("indices", "Where along the axis they came from.")
                                 .visibleOutputs(1)
                                 .shape(sortShape<SortParams>)
                                 .type(sortType)
                                 .gradient(sortGradient)
                                 .cpu({.prepare = nullptr, .run = runSort, .adds = false});

const OpRegistration kArgsort =
    OpBuilder("argsort")
        .doc("Where along an axis the elements come from when it is sorted.")
        .group("index")
        .params<ArgsortParams>()
        .input("data", "The array to sort.")
        .shape(sortShape<ArgsortParams>)
        .type(argsortType)
        .zeroGradient()
        .cpu({.prepare = nullptr, .run = runArgsort, .adds = false});

}  // namespace
}  // namespace tenon
