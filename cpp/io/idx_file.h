// IDX, the format of the MNIST files: a big-endian magic (two zero bytes, the type 8 for unsigned
// bytes, the rank), the extents as 32-bit numbers, the values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/shape.h"

namespace tenon {

struct IdxBytes {
  Shape shape;
  std::vector<unsigned char> values;
};

/// Reads a file of unsigned bytes of that rank, gzip-compressed or not. Throws kIo naming file and
/// fault.
IdxBytes readIdx(const std::filesystem::path& file, int rank);

}  // namespace tenon
