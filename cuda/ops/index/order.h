// Ordering the rows of an array: what sort, topk, the gradients of look-ups and shuffle share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/kernel.h"

namespace tenon::cuda {

/// Rows to be put in order: element j of row r stands at (r / inner · extent + j) · inner + r %
/// inner. Equal elements keep their order, NaN is the largest value, zeros of both signs are equal.
/// Results hold the first k of each row, in the same layout with extent k; null where not wanted.
struct Ordering {
  const void* data;
  DType dtype;
  int64_t rows;
  int64_t extent;
  int64_t inner;
  int64_t k;
  bool ascending;
  int bits;  ///< bits from this one on are the same in all keys; for integers that are not negative

  void* values;
  void* indices;  ///< where in its row each came from
  DType index_dtype;
  void* mask;  ///< of the data's shape and type: becomes 1 where one of the first k stands
};

/// All rows of `data`, to be completed by the results.
inline Ordering orderingOf(const void* data, DType dtype, int64_t rows, int64_t extent) {
  return {.data = data,
          .dtype = dtype,
          .rows = rows,
          .extent = extent,
          .inner = 1,
          .k = extent,
          .ascending = true,
          .bits = 8 * static_cast<int>(sizeOf(dtype)),
          .values = nullptr,
          .indices = nullptr,
          .index_dtype = DType::kInt64,
          .mask = nullptr};
}

/// Bytes of scratch memory that `order` needs.
size_t orderScratch(const Context& context, const Ordering& ordering);

void order(const Context& context, const Ordering& ordering, void* scratch);

}  // namespace tenon::cuda
