// Numbers sorted together with where they came from, in scratch memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "ops/index/order.h"

namespace tenon::cuda {

/// Places in order, and the position of each before; equal ones in their order. P is int32_t where
/// it holds both.
template <class P>
struct Sorted {
  const P* places;
  const P* from;
  int64_t count;
};

/// Calls body(P{}) with the type that holds places below `extent` and positions below `count`.
template <class F>
void withPlaceType(int64_t count, int64_t extent, F&& body) {
  std::max(count, extent) > INT32_MAX ? body(int64_t{}) : body(int32_t{});
}

/// Calls make(places, memory), which is to issue what writes `count` places below `extent`; sorts
/// them and calls body(sorted, memory). `memory` has `more` bytes, the caller's own. Uses the
/// workspace.
template <class P, class Make, class F>
void withSorted(Context& context, int64_t count, int64_t extent, size_t more, Make&& make,
                F&& body) {
  constexpr DType kType = sizeof(P) == 4 ? DType::kInt32 : DType::kInt64;
  Ordering ordering = orderingOf(nullptr, kType, 1, count);
  ordering.bits = std::max(1, static_cast<int>(std::bit_width(static_cast<uint64_t>(extent - 1))));
  ordering.index_dtype = kType;
  const auto aligned = [](size_t bytes) { return (bytes + 255) / 256 * 256; };
  const size_t step = aligned(static_cast<size_t>(count) * sizeof(P));
  char* memory = static_cast<char*>(
      context.workspace(3 * step + aligned(more) + orderScratch(context, ordering)));
  P* const places = reinterpret_cast<P*>(memory);
  P* const sorted = reinterpret_cast<P*>(memory + step);
  P* const from = reinterpret_cast<P*>(memory + 2 * step);
  memory += 3 * step;
  ordering.data = places;
  ordering.values = sorted;
  ordering.indices = from;
  make(places, memory);
  order(context, ordering, memory + aligned(more));
  body(Sorted<P>{sorted, from, count}, memory);
}

}  // namespace tenon::cuda
