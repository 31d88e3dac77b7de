// Keys: what orders elements of any type as unsigned numbers; and where ordered elements go.
#pragma once

#include "device/pack.cuh"
#include "device/team.cuh"
#include "ops/index/order.h"

namespace tenon::cuda {

/// The bits of a floating number as a key: negative numbers are turned round, both zeros are one,
/// all NaN are the last.
template <class K>
__device__ __forceinline__ K floatingKey(K bits, K sign, K infinity) {
  const K all = static_cast<K>(sign | (sign - 1));
  if ((bits & static_cast<K>(~sign)) > infinity) return all;
  if (bits == sign) return sign;
  return (bits & sign) != 0 ? static_cast<K>(all ^ bits) : static_cast<K>(bits | sign);
}

/// The key of one element: K is uint64_t for types of 8 bytes, else uint32_t. Keys are in the order
/// wanted as unsigned numbers.
template <class K>
__device__ __forceinline__ K keyAt(const Ordering& o, int64_t at) {
  K key;
  K all;
  if constexpr (sizeof(K) == 8) {
    constexpr K kSign = K{1} << 63;
    const K bits = static_cast<const K*>(o.data)[at];
    key = o.dtype == DType::kFloat64 ? floatingKey<K>(bits, kSign, 0x7FF0000000000000u)
                                     : bits ^ kSign;
    all = ~K{0};
  } else {
    switch (o.dtype) {
      case DType::kFloat32:
        key = floatingKey<K>(static_cast<const uint32_t*>(o.data)[at], 0x80000000u, 0x7F800000u);
        all = 0xFFFFFFFFu;
        break;
      case DType::kInt32:
        key = static_cast<const uint32_t*>(o.data)[at] ^ 0x80000000u;
        all = 0xFFFFFFFFu;
        break;
      case DType::kFloat16:
        key = floatingKey<K>(static_cast<const uint16_t*>(o.data)[at], 0x8000u, 0x7C00u);
        all = 0xFFFFu;
        break;
      case DType::kBFloat16:
        key = floatingKey<K>(static_cast<const uint16_t*>(o.data)[at], 0x8000u, 0x7F80u);
        all = 0xFFFFu;
        break;
      case DType::kInt8:
        key = static_cast<const uint8_t*>(o.data)[at] ^ 0x80u;
        all = 0xFFu;
        break;
      case DType::kBool:
        key = static_cast<const uint8_t*>(o.data)[at] != 0 ? 1 : 0;
        all = 0xFFu;
        break;
      default:
        key = static_cast<const uint8_t*>(o.data)[at];
        all = 0xFFu;
    }
  }
  return o.ascending ? key : all ^ key;
}

/// Stores element `index` of a row as the one at `position` in order.
__device__ __forceinline__ void place(const Ordering& o, int64_t row, int64_t position,
                                      int64_t index) {
  const int64_t from = rowBegin(row, o.extent, o.inner) + index * o.inner;
  const int64_t to = rowBegin(row, o.k, o.inner) + position * o.inner;
  if (o.values != nullptr) {
    withAnyStored(o.dtype, [&]<class S>(S) {
      static_cast<S*>(o.values)[to] = static_cast<const S*>(o.data)[from];
    });
  }
  if (o.indices != nullptr) storeAny(o.indices, o.index_dtype, to, index, false);
  if (o.mask != nullptr) storeAny(o.mask, o.dtype, from, 1.0f, false);
}

/// Rows that a block can order, by order.cu. With `candidates`, [row][k] indices, only those
/// elements of each row are: k of them, the first of the row.
void networkOrder(const Context& context, const Ordering& ordering, const uint32_t* candidates);

/// Rows of any length; see radix.cu.
size_t radixScratch(const Context& context, const Ordering& ordering);
void radixOrder(const Context& context, const Ordering& ordering, void* scratch);

/// The first few of long rows; see select.cu.
size_t selectScratch(const Ordering& ordering);
void selectOrder(const Context& context, const Ordering& ordering, void* scratch);

}  // namespace tenon::cuda
