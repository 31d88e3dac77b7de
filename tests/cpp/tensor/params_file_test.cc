#include "tensor/params_file.h"

#include <cstring>
#include <fstream>
#include <random>

#include "base/atomic_file.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace tenon {
namespace {

/// Bytes put together by hand, as the format's description says.
class Bytes {
 public:
  template <class T>
  Bytes& put(T value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
    return *this;
  }
  Bytes& text(const std::string& value) {
    put<uint64_t>(value.size());
    for (char c : value) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  Bytes& header(uint64_t arrays) { return put<uint64_t>(0x112).put<uint64_t>(0).put(arrays); }
  std::span<const std::byte> span() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

NDArray arrayOf(const Shape& shape, DType dtype, uint64_t seed) {
  NDArray array = NDArray::empty(shape, dtype, Device::cpu());
  std::vector<unsigned char> bytes(static_cast<size_t>(array.bytes()));
  std::mt19937_64 random(seed);
  for (unsigned char& b : bytes) b = static_cast<unsigned char>(random());
  array.copyFromHost(bytes.data(), array.bytes());
  return array;
}

std::vector<std::byte> bytesOf(const NDArray& array) {
  std::vector<std::byte> bytes(static_cast<size_t>(array.bytes()));
  array.copyToHost(bytes.data(), array.bytes());
  return bytes;
}

TEST(ParamsFileTest, everyDtypeAndShapeSurvives) {
  const TemporaryFolder folder;
  std::vector<NDArray> arrays;
  std::vector<std::string> names;
  for (DType dtype : kAllDTypes) {
    for (const Shape& shape :
         {Shape{3}, Shape{2, 3, 4}, Shape{1, 1, 1, 1, 5}, Shape{0}, Shape{2, 0}, Shape::scalar()}) {
      names.push_back(concat("arg:", nameOf(dtype), shape));
      arrays.push_back(arrayOf(shape, dtype, names.size()));
    }
  }
  const auto file = folder / "all.params";
  saveParams(file, arrays, names);
  const NamedArrays loaded = loadParams(file);
  EXPECT_EQ(loaded.names, names);
  ASSERT_EQ(loaded.arrays.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(loaded.arrays[i].shape(), arrays[i].shape()) << names[i];
    EXPECT_EQ(loaded.arrays[i].dtype(), arrays[i].dtype()) << names[i];
    EXPECT_EQ(bytesOf(loaded.arrays[i]), bytesOf(arrays[i])) << names[i];
  }
}

TEST(ParamsFileTest, writesMxnetsV2LayoutByteForByte) {
  const TemporaryFolder folder;
  NDArray array = NDArray::empty({2}, DType::kFloat32, Device::cpu());
  const float values[2] = {1.5f, -2.0f};
  array.copyFromHost(values, sizeof values);
  const std::string name = "arg:w";
  saveParams(folder / "w", std::span(&array, 1), std::span(&name, 1));
  Bytes expected;
  expected.header(1).put<uint32_t>(0xF993FAC9).put<int32_t>(0).put<int32_t>(1).put<int64_t>(2);
  expected.put<int32_t>(1)
      .put<int32_t>(0)
      .put<int32_t>(0)
      .put(1.5f)
      .put(-2.0f)
      .put<uint64_t>(1)
      .text(name);
  const auto written = readFile(folder / "w");
  EXPECT_TRUE(
      std::equal(written.begin(), written.end(), expected.span().begin(), expected.span().end()));
}

TEST(ParamsFileTest, readsTheOlderLayouts) {
  Bytes v0;
  v0.header(1)
      .put<uint32_t>(2)
      .put<uint32_t>(1)
      .put<uint32_t>(2)
      .put<int32_t>(2)
      .put<int32_t>(3)
      .put<int32_t>(4);
  v0.put<int32_t>(7).put<int32_t>(8).put<uint64_t>(0);
  const NamedArrays old = parseParams(v0.span(), "v0");
  EXPECT_TRUE(old.names.empty());
  EXPECT_EQ(old.arrays.at(0).shape(), (Shape{1, 2}));
  EXPECT_EQ(old.arrays.at(0).dtype(), DType::kInt32);
  EXPECT_EQ(old.arrays.at(0).device(), Device::cpu());

  Bytes v1;
  v1.header(2)
      .put<uint32_t>(0xF993FAC8)
      .put<int32_t>(1)
      .put<int64_t>(1)
      .put<int32_t>(1)
      .put<int32_t>(0)
      .put<int32_t>(3);
  v1.put<uint8_t>(9).put<uint32_t>(0xF993FAC8).put<int32_t>(0).put<uint64_t>(0);
  const NamedArrays newer = parseParams(v1.span(), "v1");
  EXPECT_EQ(newer.arrays.at(0).dtype(), DType::kUInt8);
  EXPECT_FALSE(newer.arrays.at(1).defined());
}

TEST(ParamsFileTest, corruptFilesAreErrorsWithThePlace) {
  const auto expectBroken = [](const Bytes& bytes, const std::string& text) {
    expectError(ErrorKind::kIo, text, [&] { parseParams(bytes.span(), "x.params"); });
  };
  expectBroken(
      Bytes(),
      "'x.params' is not a valid parameter file: at byte 0: the list's magic number needs 8 bytes");
  expectBroken(Bytes().put<uint64_t>(1).put<uint64_t>(0), "the magic number is 1, expected 274");
  expectBroken(Bytes().header(uint64_t{1} << 62),
               "the number of arrays is 4611686018427387904, but only 0 bytes follow");
  expectBroken(Bytes().header(1).put<uint32_t>(0xF993FAC9).put<int32_t>(0).put<int32_t>(33),
               "rank 33, expected 0 to 12");
  expectBroken(Bytes().header(1).put<uint32_t>(0xF993FAC9).put<int32_t>(7),
               "storage type 7 is not known");
  expectBroken(
      Bytes().header(1).put<uint32_t>(0xF993FAC9).put<int32_t>(0).put<int32_t>(1).put<int64_t>(-5),
      "extent 0 of an array is -5");
  const auto array = [](int64_t extent, int32_t dtype) {
    Bytes bytes;
    bytes.header(1)
        .put<uint32_t>(0xF993FAC9)
        .put<int32_t>(0)
        .put<int32_t>(2)
        .put(extent)
        .put(extent);
    return bytes.put<int32_t>(1).put<int32_t>(0).put(dtype);
  };
  expectBroken(array(int64_t{1} << 62, 0), "does not fit into the");
  expectBroken(array(1, 10), "dtype code 10 is not known");
  expectBroken(array(1, 0).put(1.0f).put<uint64_t>(5).put<uint64_t>(0), "the number of names is 5");
  expectBroken(array(1, 0).put(1.0f).put<uint64_t>(1).put<uint64_t>(100),
               "a name needs 100 bytes, but only 0 are left");
  expectBroken(array(1, 0).put(1.0f).put<uint64_t>(0).put<uint8_t>(0),
               "1 bytes follow the last name");
}

TEST(ParamsFileTest, everyCutOfAFileIsAnErrorAndNothingElse) {
  const TemporaryFolder folder;
  const std::vector<NDArray> arrays{arrayOf({3, 2}, DType::kFloat32, 1),
                                    arrayOf({5}, DType::kInt8, 2)};
  const std::vector<std::string> names{"arg:a", "aux:b"};
  saveParams(folder / "p", arrays, names);
  const auto whole = readFile(folder / "p");
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THROW(parseParams(std::span(whole).first(length), "cut"), Error) << length;
  }
}

TEST(ParamsFileTest, flippedBytesNeverCrash) {
  const TemporaryFolder folder;
  const std::vector<NDArray> arrays{arrayOf({3, 2}, DType::kFloat32, 1),
                                    arrayOf({5}, DType::kInt8, 2)};
  const std::vector<std::string> names{"arg:a", "aux:b"};
  saveParams(folder / "p", arrays, names);
  auto bytes = readFile(folder / "p");
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    auto mutated = bytes;
    for (uint32_t flips = 1 + random() % 4; flips > 0; --flips) {
      mutated[random() % mutated.size()] = static_cast<std::byte>(random());
    }
    try {
      parseParams(mutated, "mutated");
    } catch (const Error&) {
      // An error is as good as an array with other values: what matters is that nothing else
      // happens.
    }
  }
}

TEST(ParamsFileTest, savingRejectsNamesThatDoNotMatch) {
  const TemporaryFolder folder;
  const std::string name = "a";
  expectError(ErrorKind::kInvalidArgument, "1 names for 0 arrays",
              [&] { saveParams(folder / "p", {}, std::span(&name, 1)); });
  EXPECT_FALSE(std::filesystem::exists(folder / "p"));
}

TEST(ParamsFileTest, readsRealModels) {
  const auto model = sharedData("models/bike-mlp/mymodel-0100.params");
  if (!model) GTEST_SKIP() << "the shared model files are not there";
  const NamedArrays loaded = loadParams(*model);
  ASSERT_EQ(loaded.names.size(), loaded.arrays.size());
  EXPECT_FALSE(loaded.names.empty());
  for (const NDArray& array : loaded.arrays) EXPECT_TRUE(array.defined() && array.size() > 0);
}

TEST(ParamsFileTest, readsEveryDenseModelAtHand) {
  const auto models = sharedData("models");
  if (!models) GTEST_SKIP() << "the shared model files are not there";
  int read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*models)) {
    // One of the files is in a format of DJL's own.
    if (entry.path().extension() != ".params" || entry.path().parent_path().filename() == "djl-mlp")
      continue;
    try {
      loadParams(entry.path());
      ++read;
    } catch (const Error& error) {
      EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::kUnsupported))
          << error.message();
    }
  }
  EXPECT_GT(read, 20);
}

}  // namespace
}  // namespace tenon
