#include "tensor/ndarray.h"

#include <atomic>
#include <numeric>
#include <vector>

#include "engine/engine.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

NDArray arange(const Shape& shape) {
  NDArray array = NDArray::empty(shape, DType::kFloat32, Device::cpu());
  std::vector<float> values(static_cast<size_t>(shape.size()));
  std::iota(values.begin(), values.end(), 0.0f);
  array.copyFromHost(values.data(), array.bytes());
  return array;
}

std::vector<float> values(const NDArray& array) {
  std::vector<float> result(static_cast<size_t>(array.size()));
  array.copyToHost(result.data(), array.bytes());
  return result;
}

TEST(NDArrayTest, keepsWhatWasWritten) {
  const NDArray a = arange({2, 3});
  EXPECT_EQ(values(a), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(a.bytes(), 24);
  EXPECT_EQ(a.device(), Device::cpu());
}

TEST(NDArrayTest, viewsShareMemoryAndOrder) {
  const NDArray a = arange({4, 3});
  const NDArray rows = a.slice(1, 3);
  EXPECT_EQ(rows.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(rows), (std::vector<float>{3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(values(a.at(2)), (std::vector<float>{6, 7, 8}));
  EXPECT_EQ(a.at(2).shape(), (Shape{3}));
  EXPECT_EQ(&rows.variable(), &a.variable());
  const float ten[3] = {10, 10, 10};
  a.at(1).copyFromHost(ten, sizeof ten);
  EXPECT_EQ(values(rows), (std::vector<float>{10, 10, 10, 6, 7, 8}));
  EXPECT_EQ(values(a.reshaped({12}).slice(3, 5)), (std::vector<float>{10, 10}));
}

TEST(NDArrayTest, aRowOfAVectorKeepsOneDimension) {
  EXPECT_EQ(arange({3}).at(1).shape(), (Shape{1}));
}

TEST(NDArrayTest, emptyAndScalarArraysAreReal) {
  const NDArray none = NDArray::empty({3, 0}, DType::kFloat64, Device::cpu());
  EXPECT_EQ(none.bytes(), 0);
  none.copyFromHost(nullptr, 0);
  none.copyToHost(nullptr, 0);
  const NDArray scalar = arange(Shape::scalar());
  EXPECT_EQ(values(scalar), (std::vector<float>{0}));
}

TEST(NDArrayTest, copiesBetweenCpuDevicesAndOverlappingViews) {
  const NDArray a = arange({6});
  const NDArray b = NDArray::empty({2, 3}, DType::kFloat32, Device::cpu(1));
  a.copyTo(b);
  EXPECT_EQ(values(b), values(a));
  a.slice(0, 4).copyTo(a.slice(2, 6));
  EXPECT_EQ(values(a), (std::vector<float>{0, 1, 0, 1, 2, 3}));
}

TEST(NDArrayTest, writingCountsUpTheVersion) {
  const NDArray a = arange({2});
  const uint64_t before = a.storage()->version();
  arange({2}).copyTo(a);
  EXPECT_GT(a.storage()->version(), before);
}

TEST(NDArrayTest, wrapsForeignMemoryAndReleasesItOnce) {
  std::atomic<int> released{0};
  std::vector<float> memory{1, 2, 3};
  {
    const auto storage = Storage::wrap(Device::cpu(), memory.data(), 12, [&] { ++released; });
    const NDArray a(storage, 4, {2}, DType::kFloat32);
    EXPECT_EQ(values(a), (std::vector<float>{2, 3}));
    expectError(ErrorKind::kInvalidArgument, "does not fit into memory of 12 bytes",
                [&] { NDArray(storage, 4, {3}, DType::kFloat32); });
    expectError(ErrorKind::kInvalidArgument, "does not fit",
                [&] { NDArray(storage, -4, {1}, DType::kFloat32); });
    EXPECT_EQ(released.load(), 0);
  }
  EXPECT_EQ(released.load(), 1);
}

TEST(NDArrayTest, errorsSayWhatWasGivenAndExpected) {
  const NDArray a = arange({4, 3});
  expectError(ErrorKind::kIndex, "slice [2, 5) is out of range for axis 0 of shape (4,3)",
              [&] { a.slice(2, 5); });
  expectError(ErrorKind::kIndex, "index 4 is out of range", [&] { a.at(4); });
  expectError(ErrorKind::kIndex, "index -1", [&] { a.at(-1); });
  expectError(ErrorKind::kInvalidArgument, "cannot reshape (4,3) (12 elements) to (5,)",
              [&] { a.reshaped({5}); });
  expectError(ErrorKind::kInvalidArgument, "the source has 4 bytes, expected 48", [&] {
    float one = 0;
    a.copyFromHost(&one, 4);
  });
  expectError(ErrorKind::kInvalidArgument, "cannot copy shape (4,3) to shape (2,)",
              [&] { a.copyTo(arange({2})); });
  expectError(ErrorKind::kInvalidArgument, "is not fully known", [] {
    NDArray::empty({2, -1}, DType::kFloat32, Device::cpu());
  });
  expectError(ErrorKind::kInvalidArgument, "more elements than memory", [] {
    NDArray::empty({int64_t{1} << 40, int64_t{1} << 40}, DType::kFloat32, Device::cpu());
  });
  expectError(ErrorKind::kInvalidArgument, "gpu(0) does not exist: libtenon_cuda.so is not in ",
              [] { NDArray::empty({2}, DType::kFloat32, Device::gpu()); });
}

TEST(NDArrayTest, readingAPoisonedArrayThrowsUntilItIsOverwritten) {
  const NDArray a = arange({2});
  Variable* const writes[] = {&a.variable()};
  Engine::get().push([](TaskContext&) { fail(ErrorKind::kInternal, "broken on purpose"); }, {},
                     writes, {});
  expectError(ErrorKind::kInternal, "broken on purpose", [&] { values(a); });
  expectError(ErrorKind::kInternal, "broken on purpose", [&] { values(a); });
  const float good[2] = {1, 2};
  a.copyFromHost(good, sizeof good);
  EXPECT_EQ(values(a), (std::vector<float>{1, 2}));
}

}  // namespace
}  // namespace tenon
