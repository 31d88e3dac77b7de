// Memory that is about to be used and has long left the processor's caches.
#pragma once

#include <cstddef>

namespace tenon {

/// Sends for the cache lines of [data, data + bytes); any address will do.
inline void prefetchForWriting(const void* data, size_t bytes) noexcept {
  constexpr int kForWriting = 1;
  for (size_t line = 0; line < bytes; line += 64)
    __builtin_prefetch(static_cast<const char*>(data) + line, kForWriting);
}

}  // namespace tenon
