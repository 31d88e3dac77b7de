// Orders made by the device, against the CPU's: rows that share a block, fill one or many, keys of
// every size, equal keys, rows in order already, NaN and zeros of both signs.
#include <gtest/gtest.h>

#include <limits>

#include "compare.h"
#include "support/op_case.h"

namespace tenon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What is hard to order, as often as other numbers.
Values awkward() {
  return [](int64_t size, std::mt19937& random) {
    const double special[] = {kNaN, kInfinity, -kInfinity, 0.0, -0.0, 1.0, -1.0, -kNaN};
    std::vector<double> values;
    for (int64_t i = 0; i < size; ++i) {
      const unsigned drawn = random() % 16;
      values.push_back(drawn < 8 ? special[drawn] : static_cast<double>(random() % 2000) / 8 - 125);
    }
    return values;
  };
}

Values falling() {
  return [](int64_t size, std::mt19937&) {
    std::vector<double> values;
    for (int64_t i = 0; i < size; ++i) values.push_back(static_cast<double>(size - i));
    return values;
  };
}

/// To the last bit, so that zeros keep their signs.
void expectSameBits(HostArray got, HostArray expected, const std::string& what) {
  ASSERT_EQ(got.shape(), expected.shape()) << what;
  ASSERT_EQ(got.dtype(), expected.dtype()) << what;
  const size_t bytes = sizeOf(got.dtype());
  for (int64_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(std::memcmp(got.as<char>() + static_cast<size_t>(i) * bytes,
                          expected.as<char>() + static_cast<size_t>(i) * bytes, bytes),
              0)
        << what << ", element " << i << ": " << got.get(i) << ", on the CPU " << expected.get(i);
  }
}

void expectSameOrder(const HostArray& x, const AttrMap& attrs, const std::string& what) {
  AttrMap with_indices = attrs;
  with_indices.insert({"dtype", "int64"});
  expectSameBits(runOp("argsort", {x}, with_indices)[0], runOnCpu("argsort", {x}, with_indices)[0],
                 "argsort of " + what);
  const auto got = runOp("sort", {x}, attrs);
  const auto expected = runOnCpu("sort", {x}, attrs);
  for (size_t i = 0; i < 2; ++i) expectSameBits(got[i], expected[i], "sort of " + what);
}

TEST(CudaOrder, isTheCpusForRowsOfEveryLength) {
  for (const Shape& shape : {Shape{1, 1}, Shape{5, 2}, Shape{3, 3}, Shape{3000, 50}, Shape{70, 33},
                             Shape{3, 1000}, Shape{2, 1024}, Shape{1, 1025}, Shape{2, 2048},
                             Shape{2, 2049}, Shape{3, 5000}, Shape{1, 100000}}) {
    for (const char* ascending : {"True", "False"}) {
      expectSameOrder(filled(shape, DType::kFloat32, 1, awkward()), {{"is_ascend", ascending}},
                      concat(shape, " rising: ", ascending));
    }
  }
}

TEST(CudaOrder, isTheCpusForEveryType) {
  for (const DType type : kAllTypes) {
    for (const Shape& shape : {Shape{5, 700}, Shape{2, 9001}}) {
      const Values values = isFloating(type)        ? awkward()
                            : type == DType::kUInt8 ? integers(0, 255)
                            : type == DType::kInt8  ? integers(-128, 127)
                                                    : integers(-1000000, 1000000);
      for (const char* ascending : {"True", "False"}) {
        expectSameOrder(filled(shape, type, 2, values), {{"is_ascend", ascending}},
                        concat(shape, " ", nameOf(type), " rising: ", ascending));
      }
    }
  }
}

TEST(CudaOrder, usesEveryBitOfWideIntegers) {
  HostArray x = filled({2, 3000}, DType::kInt64, 3, integers(0, 0));
  std::mt19937_64 random(3);
  for (int64_t i = 0; i < x.size(); ++i) x.as<uint64_t>()[i] = random() >> random() % 64;
  for (const char* ascending : {"True", "False"})
    expectSameOrder(x, {{"is_ascend", ascending}}, concat("int64 rising: ", ascending));
}

TEST(CudaOrder, keepsEqualKeysAndTurnsFallingOnes) {
  for (const DType type : {DType::kFloat32, DType::kInt64, DType::kUInt8}) {
    for (const int64_t length : {100, 12000}) {
      expectSameOrder(filled({2, length}, type, 4, integers(7, 7)), {{"is_ascend", "False"}},
                      concat(length, " equal ", nameOf(type)));
      if (type == DType::kUInt8) continue;
      expectSameOrder(filled({2, length}, type, 4, falling()), {},
                      concat(length, " falling ", nameOf(type)));
    }
  }
}

TEST(CudaOrder, followsAnyAxis) {
  for (const Shape& shape : {Shape{4, 50, 30}, Shape{3, 2500, 5}, Shape{2500, 3, 2}}) {
    const HostArray x = filled(shape, DType::kFloat16, 5, awkward());
    for (const char* axis : {"0", "1", "2", "None"})
      expectSameOrder(x, {{"axis", axis}}, concat(shape, " along ", axis));
  }
}

TEST(CudaOrder, givesTheFirstInEveryForm) {
  for (const Shape& shape : {Shape{40, 90}, Shape{2, 2900, 2}}) {
    for (const DType type : {DType::kFloat64, DType::kInt32}) {
      const HostArray x =
          filled(shape, type, 6, isFloating(type) ? awkward() : integers(-300, 300));
      for (const char* form : {"both", "indices", "mask", "value"}) {
        for (const char* k : {"0", "1", "77"}) {
          const AttrMap attrs = {{"axis", "1"}, {"k", k}, {"ret_typ", form}, {"dtype", "int32"}};
          const auto got = runOp("topk", {x}, attrs);
          const auto expected = runOnCpu("topk", {x}, attrs);
          for (size_t i = 0; i < expected.size(); ++i) {
            expectSameBits(got[i], expected[i],
                           concat("topk of ", shape, " ", nameOf(type), ", ", form, ", k ", k));
          }
        }
      }
    }
  }
}

/// Without ordering the rest: bounds inside keys, among equal ones, in several parts of a row.
TEST(CudaOrder, findsTheFirstOfLongRows) {
  for (const Shape& shape : {Shape{2, 8192}, Shape{3, 2731, 3}, Shape{1, 60001}}) {
    for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kUInt8}) {
      for (const Values& values :
           {isFloating(type) ? awkward() : integers(0, 255), integers(0, 3), integers(9, 9)}) {
        const HostArray x = filled(shape, type, 9, values);
        for (const char* k : {"1", "100", "680"}) {
          for (const char* ascending : {"True", "False"}) {
            const AttrMap attrs = {{"axis", "1"},
                                   {"k", k},
                                   {"ret_typ", "both"},
                                   {"dtype", "int32"},
                                   {"is_ascend", ascending}};
            const auto got = runOp("topk", {x}, attrs);
            const auto expected = runOnCpu("topk", {x}, attrs);
            for (size_t i = 0; i < 2; ++i) {
              expectSameBits(got[i], expected[i],
                             concat("topk of ", shape, " ", nameOf(type), ", k ", k));
            }
          }
        }
      }
    }
  }
}

TEST(CudaOrder, ordersNoRows) {
  const HostArray none(Shape{0, 5000}, DType::kFloat32);
  EXPECT_EQ(runOp("sort", {none})[0].shape(), (Shape{0, 5000}));
  EXPECT_EQ(runOp("topk", {none})[0].shape(), (Shape{0, 1}));
}

TEST(CudaOrder, putsGradientsBack) {
  for (const char* axis : {"0", "1", "None"}) {
    const HostArray x = filled({300, 40}, DType::kFloat32, 7, distinct());
    const auto sorted = runOnCpu("sort", {x}, {{"axis", axis}});
    const HostArray head = filled(sorted[0].shape(), DType::kFloat32, 8, uniform(-1, 1));
    expectSameBits(runOp("_backward_topk", {head, sorted[1], x}, {{"axis", axis}})[0],
                   runOnCpu("_backward_topk", {head, sorted[1], x}, {{"axis", axis}})[0],
                   concat("gradient along ", axis));
  }
}

}  // namespace
}  // namespace tenon
