// MXNet's `.params` format: a list of arrays with or without names. Reads dense V0 to V3 arrays (V2
// and V3 is what MXNet since 0.12 writes), writes V2, or V3 where shapes need it (zero extents,
// rank 0). Everything read is hostile until checked against the file's length. Format: see
// params_file.cc.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tensor/ndarray.h"

namespace tenon {

struct NamedArrays {
  std::vector<std::string> names;  ///< empty, or one per array
  std::vector<NDArray> arrays;
};

/// Reads onto cpu(0). Throws kIo with the file, the offset and what was found.
NamedArrays loadParams(const std::filesystem::path& file);
NamedArrays parseParams(std::span<const std::byte> bytes, const std::string& origin);
/// Waits for the arrays, then replaces `file` atomically: a crash leaves the old or the new file,
/// whole.
void saveParams(const std::filesystem::path& file, std::span<const NDArray> arrays,
                std::span<const std::string> names);

}  // namespace tenon
