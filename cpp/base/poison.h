// What AddressSanitizer is told of memory that is managed here; nothing in other builds.
#pragma once

#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace tenon {

/// From here on touching [data, data + bytes) is an error.
inline void poison([[maybe_unused]] const void* data, [[maybe_unused]] size_t bytes) noexcept {
#ifdef __SANITIZE_ADDRESS__
  __asan_poison_memory_region(data, bytes);
#endif
}

/// From here on [data, data + bytes) may be used.
inline void unpoison([[maybe_unused]] const void* data, [[maybe_unused]] size_t bytes) noexcept {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(data, bytes);
#endif
}

}  // namespace tenon
