// Sizes that blocks come in. Small ones: multiples of 64 bytes up to 1 KiB, then four steps per
// doubling up to 64 KiB. Large ones: pages, eight steps per doubling, so that an eighth is wasted
// at most.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tenon {

inline constexpr size_t kSmallBytes = size_t{64} << 10;  ///< the largest small block
inline constexpr int kSmallClasses = 40;

/// The class of small blocks that holds `bytes` (1 to kSmallBytes).
constexpr int smallClassOf(size_t bytes) noexcept {
  if (bytes <= 1024) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / 64);
  const int power = std::bit_width(bytes - 1) - 1;  // 2^power < bytes <= 2^(power + 1)
  return 16 + (power - 10) * 4 + static_cast<int>(((bytes - 1) >> (power - 2)) & 3);
}

constexpr size_t smallClassBytes(int index) noexcept {
  if (index < 16) return static_cast<size_t>(index + 1) * 64;
  const int power = 10 + (index - 16) / 4;
  return (size_t{1} << power) + (static_cast<size_t>((index - 16) % 4 + 1) << (power - 2));
}

/// The size of a large block for `bytes`; 0 if there is none.
constexpr size_t largeBytes(size_t bytes) noexcept {
  if (bytes > SIZE_MAX / 4) return 0;
  const int power = std::bit_width(bytes - 1) - 1;
  const size_t step = size_t{1} << (power - 3 < 12 ? 12 : power - 3);
  return (bytes + step - 1) / step * step;
}

static_assert(smallClassOf(kSmallBytes) == kSmallClasses - 1);
static_assert(smallClassBytes(kSmallClasses - 1) == kSmallBytes);
static_assert(smallClassOf(1025) == 16 && smallClassBytes(16) == 1280 && smallClassOf(1280) == 16);

}  // namespace tenon
