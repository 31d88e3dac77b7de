// The format, all little-endian:
//
//   u64 0x112, u64 0                      list magic, reserved
//   u64 n, n arrays
//   u64 m, m times (u64 length, bytes)    names: m is 0 or n
//
// An array begins with a 32-bit magic:
//   0xF993FAC9 (V2), 0xF993FACA (V3)      i32 storage type (0 dense, 1 row_sparse, 2 csr); if
//   sparse: the shape of the
//                                         data; then shape, device (i32 type, i32 id), i32 dtype;
//                                         if sparse, per auxiliary array: i32 dtype, shape; then
//                                         the data, then the auxiliary arrays
//   0xF993FAC8 (V1)                       shape, device, i32 dtype, data
//   anything else (V0)                    is the rank itself: then 32-bit extents, device, i32
//   dtype, data
//
// A shape is i32 rank and 64-bit extents (V0: 32-bit). In V1 and V2 rank 0 means "no array":
// nothing follows. In V3 (NumPy's semantics) rank 0 is a scalar and rank -1 means no array.
#include "tensor/params_file.h"

#include <algorithm>
#include <cstring>

#include "base/atomic_file.h"
#include "base/error.h"

namespace tenon {
namespace {

constexpr uint64_t kListMagic = 0x112;
constexpr uint32_t kV1 = 0xF993FAC8u;
constexpr uint32_t kV2 = 0xF993FAC9u;
constexpr uint32_t kV3 = 0xF993FACAu;

/// Reads numbers from bytes that nobody vouches for: each read is checked against what is left.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& origin)
      : bytes_(bytes), origin_(origin) {}

  template <class T>
  T read(const char* what) {
    T value;
    std::memcpy(&value, take(sizeof(T), what), sizeof(T));
    return value;
  }

  /// A count of things that take at least `each` bytes, so that no count can ask for more memory
  /// than the file has.
  uint64_t readCount(uint64_t each, const char* what) {
    const uint64_t n = read<uint64_t>(what);
    if (n > left() / each) broken(what, " is ", n, ", but only ", left(), " bytes follow");
    return n;
  }

  const std::byte* take(uint64_t bytes, const char* what) {
    if (bytes > left()) broken(what, " needs ", bytes, " bytes, but only ", left(), " are left");
    const std::byte* at = bytes_.data() + position_;
    position_ += bytes;
    return at;
  }

  template <class... Parts>
  [[noreturn]] void broken(const Parts&... parts) const {
    fail(ErrorKind::kIo, "'", origin_, "' is not a valid parameter file: at byte ", position_, ": ",
         parts...);
  }

  uint64_t left() const { return bytes_.size() - position_; }

 private:
  std::span<const std::byte> bytes_;
  const std::string& origin_;
  uint64_t position_ = 0;
};

template <class Extent>
Shape readExtents(Reader& in, int64_t rank) {
  if (rank < 0 || rank > Shape::kMaxRank)
    in.broken("an array has rank ", rank, ", expected 0 to ", Shape::kMaxRank);
  Shape shape = Shape::ofRank(static_cast<int>(rank));
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto extent = static_cast<int64_t>(in.read<Extent>("an extent"));
    if (extent < 0) in.broken("extent ", axis, " of an array is ", extent);
    shape[axis] = extent;
  }
  return shape;
}

/// Number of bytes of an array of that shape, never more than what is left in the file.
uint64_t payloadBytes(Reader& in, const Shape& shape, DType dtype) {
  uint64_t bytes = sizeOf(dtype);
  for (int64_t extent : shape) {
    const auto factor = static_cast<uint64_t>(extent);
    if (factor != 0 && bytes > in.left() / factor) {
      in.broken("an array of shape ", shape, " of ", nameOf(dtype), " does not fit into the ",
                in.left(), " bytes that are left");
    }
    bytes *= factor;
  }
  return bytes;
}

DType readDType(Reader& in) {
  const auto code = in.read<int32_t>("a dtype");
  for (DType dtype : kAllDTypes) {
    if (static_cast<int32_t>(dtype) == code) return dtype;
  }
  in.broken("dtype code ", code, " is not known");
}

/// Device, dtype and data: the same in all dense layouts. The device where an array lived does not
/// matter here.
NDArray readDense(Reader& in, const Shape& shape) {
  in.read<int32_t>("a device type");
  in.read<int32_t>("a device id");
  const DType dtype = readDType(in);
  const uint64_t bytes = payloadBytes(in, shape, dtype);
  const std::byte* data = in.take(bytes, "an array");
  NDArray array = NDArray::empty(shape, dtype, Device::cpu());
  array.copyFromHost(data, static_cast<int64_t>(bytes));
  return array;
}

NDArray readArray(Reader& in) {
  const auto magic = in.read<uint32_t>("an array's magic number");
  if (magic == kV2 || magic == kV3) {
    const auto storage = in.read<int32_t>("a storage type");
    TENON_CHECK(storage != 1 && storage != 2, kUnsupported,
                "the parameter file holds a sparse array; this version reads dense arrays only");
    if (storage != 0) in.broken("storage type ", storage, " is not known, expected 0, 1 or 2");
    const auto rank = in.read<int32_t>("a rank");
    if (rank == (magic == kV2 ? 0 : -1)) return {};
    return readDense(in, readExtents<int64_t>(in, rank));
  }
  const bool v1 = magic == kV1;
  const int64_t rank = v1 ? in.read<int32_t>("a rank") : static_cast<int64_t>(magic);
  if (rank == 0) return {};
  return readDense(in, v1 ? readExtents<int64_t>(in, rank) : readExtents<uint32_t>(in, rank));
}

template <class T>
void put(AtomicFile& out, T value) {
  out.write(&value, sizeof value);
}

void writeArray(AtomicFile& out, const NDArray& array) {
  if (!array.defined()) {
    put(out, kV2);
    put<int32_t>(out, 0);
    put<int32_t>(out, 0);
    return;
  }
  // Only V3 can tell a scalar or an empty array from no array at all.
  const bool numpy = array.shape().rank() == 0 || array.size() == 0;
  put(out, numpy ? kV3 : kV2);
  put<int32_t>(out, 0);
  put<int32_t>(out, array.shape().rank());
  for (int64_t extent : array.shape()) put(out, extent);
  put(out, static_cast<int32_t>(DeviceType::kCpu));
  put<int32_t>(out, 0);
  put(out, static_cast<int32_t>(array.dtype()));
  std::vector<std::byte> data(static_cast<size_t>(array.bytes()));
  array.copyToHost(data.data(), array.bytes());
  out.write(data.data(), data.size());
}

}  // namespace

NamedArrays parseParams(std::span<const std::byte> bytes, const std::string& origin) {
  Reader in(bytes, origin);
  const auto magic = in.read<uint64_t>("the list's magic number");
  if (magic != kListMagic) in.broken("the magic number is ", magic, ", expected ", kListMagic);
  in.read<uint64_t>("the reserved word");
  NamedArrays result;
  const uint64_t count = in.readCount(4, "the number of arrays");
  result.arrays.reserve(
      std::min<uint64_t>(count, 4096));  // an array takes more memory than its least bytes here
  for (uint64_t i = 0; i < count; ++i) result.arrays.push_back(readArray(in));
  const uint64_t names = in.readCount(8, "the number of names");
  if (names != 0 && names != count) in.broken("there are ", names, " names for ", count, " arrays");
  if (names != 0) result.names.reserve(count);
  for (uint64_t i = 0; i < names; ++i) {
    const auto length = in.read<uint64_t>("a name's length");
    const std::byte* text = in.take(length, "a name");
    result.names.emplace_back(reinterpret_cast<const char*>(text), length);
  }
  if (in.left() != 0) in.broken(in.left(), " bytes follow the last name");
  return result;
}

NamedArrays loadParams(const std::filesystem::path& file) {
  const std::vector<std::byte> bytes = readFile(file);
  return parseParams(bytes, file.string());
}

void saveParams(const std::filesystem::path& file, std::span<const NDArray> arrays,
                std::span<const std::string> names) {
  TENON_CHECK(names.empty() || names.size() == arrays.size(), kInvalidArgument, "there are ",
              names.size(), " names for ", arrays.size(), " arrays");
  for (const NDArray& array : arrays) {
    if (array.defined()) array.waitToRead();  // an error is thrown before a file is touched
  }
  AtomicFile out(file);
  put(out, kListMagic);
  put<uint64_t>(out, 0);
  put<uint64_t>(out, arrays.size());
  for (const NDArray& array : arrays) writeArray(out, array);
  put<uint64_t>(out, names.size());
  for (const std::string& name : names) {
    put<uint64_t>(out, name.size());
    out.write(name.data(), name.size());
  }
  out.commit();
}

}  // namespace tenon
