// The order of an image's axes.
#pragma once

#include "base/params.h"

namespace tenon {

/// Order of axes. Values beyond what MXNet's CPU code computes are accepted too.
enum class DataLayout : int32_t { kNcw, kNchw, kNcdhw, kNwc, kNhwc, kNdhwc };

constexpr bool isChannelsLast(const Optional<DataLayout>& layout) {
  return layout.has && layout.value >= DataLayout::kNwc;
}

/// Spatial axes of a layout.
constexpr int spatialAxesOf(DataLayout layout) { return static_cast<int>(layout) % 3 + 1; }

}  // namespace tenon
