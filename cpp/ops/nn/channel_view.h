// An array seen as (outer, channels, inner).
#pragma once

#include <cstdint>

namespace tenon {

struct ChannelView {
  int64_t outer = 1, channels = 1, inner = 1;
  constexpr int64_t perChannel() const { return outer * inner; }
  constexpr int64_t size() const { return outer * channels * inner; }
};

}  // namespace tenon
