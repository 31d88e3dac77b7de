#include "base/dtype.h"

#include "support/expect_error.h"

namespace tenon {
namespace {

TEST(DTypeTest, namesAndCodesRoundTrip) {
  for (DType dtype : kAllDTypes) {
    EXPECT_EQ(parseDType(nameOf(dtype)), dtype);
    EXPECT_EQ(dtypeOfCode(static_cast<int64_t>(dtype)), dtype);
    EXPECT_EQ(parseDType(std::to_string(static_cast<int>(dtype))), dtype);
    EXPECT_GT(sizeOf(dtype), 0u);
  }
  EXPECT_EQ(sizeOf(DType::kUnknown), 0u);
}

TEST(DTypeTest, unknownNamesAndCodesAreErrorsThatListTheKnown) {
  expectError(ErrorKind::kInvalidArgument,
              "dtype 'float8' is not known, expected one of float32, float64",
              [] { parseDType("float8"); });
  expectError(ErrorKind::kInvalidArgument, "dtype code 99 is not known", [] { dtypeOfCode(99); });
  expectError(ErrorKind::kInvalidArgument, "is not known", [] { dtypeOfCode((int64_t{1} << 32)); });
}

}  // namespace
}  // namespace tenon
