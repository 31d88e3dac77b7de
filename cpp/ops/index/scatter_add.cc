#include "ops/index/scatter_add.h"

#include <algorithm>
#include <type_traits>

#include "base/parallel.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

/// Each thread owns a range of target rows and passes over all indices: no two write the same
/// place, and each place receives its terms in order.
template <class T, class Sum>
void addRows(const T* rows, const int64_t* places, int64_t count, int64_t outer, int64_t extent,
             int64_t inner, Sum* out) {
  // Passing over the indices has its cost: few, large parts.
  const int64_t floor = std::max<int64_t>(outer * extent / 16, 1);
  parallelFor(outer * extent, count * inner < 16384 ? outer * extent : floor,
              [&](int64_t begin, int64_t end) {
                for (int64_t o = begin / extent; o * extent < end; ++o) {
                  const int64_t first = std::max(begin - o * extent, int64_t{0});
                  const int64_t last = std::min(end - o * extent, extent);
                  for (int64_t k = 0; k < count; ++k) {
                    if (places[k] < first || places[k] >= last) continue;
                    const T* from = rows + (o * count + k) * inner;
                    Sum* to = out + (o * extent + places[k]) * inner;
                    for (int64_t i = 0; i < inner; ++i)
                      to[i] = static_cast<Sum>(to[i] + static_cast<Sum>(from[i]));
                  }
                }
              });
}

}  // namespace

void scatterAddRows(KernelContext& context, const TensorView& rows, const TensorView& indices,
                    int64_t outer, int64_t extent, int64_t inner, IndexMode mode,
                    const TensorView& out, bool accumulate) {
  if (!accumulate) zeroFill(out);
  const int64_t count = indices.size();
  if (count == 0 || out.size() == 0) return;
  withType(out.dtype, [&]<class T>(T) {
    const size_t places_bytes = (static_cast<size_t>(count) * sizeof(int64_t) + 63) / 64 * 64;
    if constexpr (kIsHalf<T>) {
      const int64_t size = out.size();
      auto* memory = static_cast<char*>(
          context.workspace(places_bytes + static_cast<size_t>(size) * sizeof(float)));
      auto* places = reinterpret_cast<int64_t*>(memory);
      auto* sums = reinterpret_cast<float*>(memory + places_bytes);
      placeAll(indices, extent, mode, "take", places);
      for (int64_t i = 0; i < size; ++i) sums[i] = out.as<T>()[i];
      addRows(rows.as<const T>(), places, count, outer, extent, inner, sums);
      for (int64_t i = 0; i < size; ++i) out.as<T>()[i] = sums[i];
    } else {
      auto* places = static_cast<int64_t*>(context.workspace(places_bytes));
      placeAll(indices, extent, mode, "take", places);
      addRows(rows.as<const T>(), places, count, outer, extent, inner, out.as<T>());
    }
  });
}

}  // namespace tenon
