// The operator of CONTRIBUTING.md's worked example, on the CPU and on the emulated device. Its
// cases run beside these tests, as every operator's do.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/settings.h"
#include "compare.h"

namespace tenon {
namespace {

TEST(WorkedExample, agreesWithItsFormula) {
  const HostArray x = HostArray::of({3}, {-1, 0, 2});
  const HostArray y = runOnCpu("scaled_tanh", {x}, {{"a", "3"}, {"b", "0.5"}})[0];
  for (int64_t i = 0; i < 3; ++i) EXPECT_NEAR(y.get(i), 3 * std::tanh(0.5 * x.get(i)), 1e-6);
}

TEST(WorkedExample, isTheSameOnTheDevice) {
  if (!settings().cuda_library.empty())
    GTEST_SKIP() << "the library under test has no kernel of the example";
  for (const DType type : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16}) {
    const HostArray x = filled({70001}, type, 1, uniform(-4, 4));
    expectSameOnDevice("scaled_tanh", {x}, {{"a", "2"}}, 2 * toleranceOf(type));
  }
}

TEST(WorkedExample, hasCases) {
  const auto mine = std::ranges::count_if(
      allOpCases(), [](const OpCase& given) { return given.op == "scaled_tanh"; });
  EXPECT_EQ(mine, 2);
}

}  // namespace
}  // namespace tenon
