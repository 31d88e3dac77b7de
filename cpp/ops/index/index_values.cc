#include "ops/index/index_values.h"

#include "base/error.h"
#include "base/parallel.h"

namespace tenon {

void placeAll(const TensorView& indices, int64_t extent, IndexMode mode, std::string_view who,
              int64_t* to) {
  TENON_CHECK(extent > 0 || indices.size() == 0, kIndex, who,
              ": cannot take elements of an axis of extent 0");
  withType(indices.dtype, [&]<class T>(T) {
    const T* from = indices.as<const T>();
    parallelFor(indices.size(), 16384, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        to[i] = placed(convertTo<int64_t>(from[i]), extent, mode, who);
    });
  });
}

}  // namespace tenon
