// topk, sort and argsort, to the last element what the CPU gives; and their gradient. The orders
// are made by order.cu.
#include "ops/index/indices.cuh"
#include "ops/index/order.h"
#include "ops/index/sort_params.h"
#include "ops/init/fill.cuh"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

Ordering rowsOrdering(const TensorView& data, const OrderRows& rows, int64_t k, bool ascending) {
  Ordering ordering = orderingOf(data.data, data.dtype, rows.count(), rows.extent);
  ordering.inner = rows.inner;
  ordering.k = k;
  ordering.ascending = ascending;
  return ordering;
}

/// Values and indices go to views that may be null.
void select(Context& context, Ordering ordering, const TensorView* values,
            const TensorView* indices) {
  if (values == nullptr && indices == nullptr) return;
  if (values != nullptr) ordering.values = values->data;
  if (indices != nullptr) {
    ordering.indices = indices->data;
    ordering.index_dtype = indices->dtype;
  }
  order(context, ordering, context.workspace(orderScratch(context, ordering)));
}

const TensorView* wanted(Views out, Requests requests, size_t i) {
  return requests[i] == Request::kNull ? nullptr : &out[i];
}

void runTopk(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<TopkParams>();
  const OrderRows rows = orderRows(in[0].shape, p.axis, "topk");
  Ordering ordering = rowsOrdering(in[0], rows, countOf(p, rows.extent), p.is_ascend);
  const TensorView* first = wanted(out, requests, 0);
  switch (p.ret_typ) {
    case TopkReturns::kMask:
      if (first == nullptr) return;
      fill(context, out[0], 0);
      ordering.mask = out[0].data;
      return order(context, ordering, context.workspace(orderScratch(context, ordering)));
    case TopkReturns::kIndices:
      return select(context, ordering, nullptr, first);
    default:
      return select(context, ordering, first, wanted(out, requests, 1));
  }
}

void runSort(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<SortParams>();
  const OrderRows rows = orderRows(in[0].shape, p.axis, "sort");
  select(context, rowsOrdering(in[0], rows, rows.extent, p.is_ascend), wanted(out, requests, 0),
         wanted(out, requests, 1));
}

void runArgsort(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<ArgsortParams>();
  const OrderRows rows = orderRows(in[0].shape, p.axis, "argsort");
  select(context, rowsOrdering(in[0], rows, rows.extent, p.is_ascend), nullptr,
         wanted(out, requests, 0));
}

/// Each element of the head to where it came from; no two came from one place.
template <class S>
__global__ void __launch_bounds__(kThreads)
    putBackKernel(const S* head, const Indices indices, const OrderRows to, int64_t k, S* out) {
  forEachItem(indices.count, [&](int64_t i) {
    const int64_t row = i / (k * to.inner) * to.inner + i % to.inner;
    const int64_t index = placed(indexAt(indices, i), to.extent, IndexMode::kClip);
    out[to.begin(row) + index * to.inner] = head[i];
  });
}

// head, indices, data -> data's shape
void runTopkBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  fill(context, out[0], 0);
  if (in[0].size() == 0) return;
  const OrderRows rows =
      orderRows(out[0].shape, context.params<OrderAxisParams>().axis, context.op());
  withSize(sizeOf(out[0].dtype), [&]<class S>(S) {
    launchItems(context, putBackKernel<S>, in[0].size(), in[0].as<const S>(), indicesOf(in[1]),
                rows, in[0].size() / rows.count(), out[0].as<S>());
  });
}

const KernelRegistration kKernels = {
    {"topk", {.run = runTopk, .adds = false}},
    {"_backward_topk", {.run = runTopkBack, .adds = false}},
    {"sort", {.run = runSort, .adds = false}},
    {"argsort", {.run = runArgsort, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
