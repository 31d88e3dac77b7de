// IDX files, plain and gzip, and the iterator over a pair of them. The input: a 16-bit number,
// which says how many of the bytes that follow are the file of images; the others are that of
// labels.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fuzz/refusing.h"
#include "io/idx_file.h"
#include "io/mnist_iter.h"

namespace tenon {
namespace {

/// A file without a disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0) std::abort();
  }
  void assign(const uint8_t* data, size_t size) const {
    if (::ftruncate(descriptor_, 0) != 0) std::abort();
    if (::pwrite(descriptor_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void readAll(const std::string& image, const std::string& label) {
  refusing([&] { readIdx(image, 3); });
  refusing([&] { readIdx(label, 1); });
  refusing([&] {
    MnistOptions options;
    options.image = image;
    options.label = label;
    options.batch_size = 2;
    options.prefetch_buffer = 0;
    const auto iter = makeMnistIter(options);
    DataBatch batch;
    for (int i = 0; i < 4 && iter->next(&batch); ++i) continue;
  });
}

}  // namespace
}  // namespace tenon

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tenon::MemoryFile image, label;
  if (size < 2) return 0;
  const size_t split = std::min<size_t>(data[0] | data[1] << 8, size - 2);
  image.assign(data + 2, split);
  label.assign(data + 2 + split, size - 2 - split);
  tenon::readAll(image.path(), label.path());
  return 0;
}
