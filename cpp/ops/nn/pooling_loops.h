// Pooling's loops: windows over the last axis of rows, for channels first (a row per channel) and
// channels last (all channels of a position together).
#pragma once

#include <cstdint>

#include "ops/nn/pooling_geometry.h"

namespace tenon {

template <class T>
void poolForward(const PoolGeometry& geometry, const T* data, T* out);

/// `data` and `out` are read by max (the first largest element of a window gets its gradient) and
/// by lp.
template <class T>
void poolBackward(const PoolGeometry& geometry, const T* out_gradient, const T* data, const T* out,
                  T* data_gradient);

extern template void poolForward(const PoolGeometry&, const float*, float*);
extern template void poolForward(const PoolGeometry&, const double*, double*);
extern template void poolBackward(const PoolGeometry&, const float*, const float*, const float*,
                                  float*);
extern template void poolBackward(const PoolGeometry&, const double*, const double*, const double*,
                                  double*);

}  // namespace tenon
