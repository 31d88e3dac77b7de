#include "io/idx_file.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace tenon {
namespace {

/// A stream over a gzip or plain file.
class GzipReader {
 public:
  explicit GzipReader(const std::filesystem::path& file)
      : name_(file.string()), file_(gzopen(file.c_str(), "rbe")) {
    TENON_CHECK(file_ != nullptr, kIo, "cannot read '", name_,
                "': it does not exist or is not readable");
  }

  /// Fills `to` or throws.
  void read(unsigned char* to, size_t bytes) {
    while (bytes > 0) {
      const auto part = static_cast<unsigned>(std::min<size_t>(bytes, 1u << 30));
      const int n = gzread(file_.get(), to, part);
      if (n <= 0) {
        int code = Z_OK;
        const char* reason = gzerror(file_.get(), &code);
        fail(ErrorKind::kIo, "'", name_, "' is cut or corrupt: ", bytes, " bytes are missing",
             code == Z_OK ? "" : ": ", code == Z_OK ? "" : reason);
      }
      to += n;
      bytes -= static_cast<size_t>(n);
    }
  }

  uint32_t readBigEndian() {
    unsigned char b[4];
    read(b, sizeof b);
    return static_cast<uint32_t>(b[0]) << 24 | static_cast<uint32_t>(b[1]) << 16 |
           static_cast<uint32_t>(b[2]) << 8 | static_cast<uint32_t>(b[3]);
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string name_;
  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace

IdxBytes readIdx(const std::filesystem::path& file, int rank) {
  TENON_CHECK(!std::filesystem::is_directory(file), kIo, "cannot read '", file.string(),
              "': it is a folder");
  GzipReader in(file);
  const uint32_t magic = in.readBigEndian();
  const uint32_t expected = 0x800u + static_cast<uint32_t>(rank);
  TENON_CHECK(magic == expected, kIo, "'", file.string(),
              "' is no IDX file of unsigned bytes with ", rank, " dimensions: its magic number is ",
              magic, ", expected ", expected);
  IdxBytes result;
  result.shape = Shape::ofRank(rank);
  for (int axis = 0; axis < rank; ++axis) result.shape[axis] = in.readBigEndian();
  const int64_t size = result.shape.checkedSize();
  // Grows with what really comes, so that a header cannot ask for more memory than the file has
  // data.
  constexpr int64_t kFirstStep = int64_t{1} << 12;
  for (int64_t done = 0; done < size;) {
    const int64_t step = std::min(std::max(kFirstStep, done), size - done);
    result.values.resize(static_cast<size_t>(done + step));
    in.read(result.values.data() + done, static_cast<size_t>(step));
    done += step;
  }
  return result;
}

}  // namespace tenon
