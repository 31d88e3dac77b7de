// Files that are replaced whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace tenon {

/// Writes to a temporary file beside `target`; `commit` syncs it and renames it over `target`, then
/// syncs the folder. A crash at any moment leaves the old or the new file, whole. Without commit,
/// the temporary file is removed. Errors are kIo, naming the file and the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void commit();

 private:
  std::filesystem::path target_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// The whole file. Reads rather than maps: a file that is cut meanwhile must not kill the process.
/// `most` bounds its size.
std::vector<std::byte> readFile(const std::filesystem::path& file, int64_t most = INT64_MAX);

}  // namespace tenon
