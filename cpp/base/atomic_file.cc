#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace tenon {
namespace {

[[noreturn]] void failWith(const char* what, const std::filesystem::path& file, int code) {
  fail(ErrorKind::kIo, "cannot ", what, " '", file.string(),
       "': ", std::generic_category().message(code));
}

/// Closes a descriptor at the end of a scope.
struct Closer {
  int descriptor;
  ~Closer() { ::close(descriptor); }
};

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  // Writing through a link keeps the link, as plain writing would.
  std::error_code ignored;
  if (std::filesystem::is_symlink(target_, ignored)) {
    const auto resolved = std::filesystem::weakly_canonical(target_, ignored);
    if (!ignored) target_ = resolved;
  }
  static std::atomic<uint64_t> counter{0};
  do {
    temporary_ = concat(target_.string(), '.', ::getpid(), '-', counter.fetch_add(1), ".tmp");
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);  // left behind by a process that was killed
  if (descriptor_ < 0) failWith("write", target_, errno);
  // A new file has what the umask allows; a replaced one keeps its mode.
  struct stat old {};
  if (::stat(target_.c_str(), &old) == 0) ::fchmod(descriptor_, old.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::write(const void* data, size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t n = ::write(descriptor_, from, std::min<size_t>(bytes, size_t{1} << 30));
    if (n < 0) {
      if (errno == EINTR) continue;
      failWith("write", target_, errno);
    }
    from += n;
    bytes -= static_cast<size_t>(n);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) failWith("write", target_, errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) failWith("replace", target_, errno);
  ::close(descriptor_);
  descriptor_ = -1;
  const std::filesystem::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    const Closer closer{directory};
    ::fsync(directory);
  }
}

std::vector<std::byte> readFile(const std::filesystem::path& file, int64_t most) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) failWith("read", file, errno);
  const Closer closer{descriptor};
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) failWith("read", file, errno);
  if (S_ISDIR(info.st_mode)) failWith("read", file, EISDIR);
  TENON_CHECK(info.st_size <= most, kIo, "'", file.string(), "' has ", info.st_size,
              " bytes, expected at most ", most);
  std::vector<std::byte> bytes(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(descriptor, bytes.data() + done,
                             std::min<size_t>(bytes.size() - done, size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) failWith("read", file, errno);
    if (n == 0) break;  // cut meanwhile: the caller sees a short file
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace tenon
