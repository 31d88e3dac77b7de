// The emulated device finds what would go wrong on a real one only (emulator/checker.h).
#include <gtest/gtest.h>

#include "device_arrays.h"

namespace tenon {
namespace {

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/// Runs a kernel that makes a mistake, in a process of its own.
void make(Mistake mistake) {
  testing::control<decltype(emulateMistake)>("emulateMistake")(mistake);
  std::exit(0);
}

TEST(CudaCheckerDeathTest, findsMistakesOfKernels) {
  if (testing::control<decltype(emulateMistake)>("emulateMistake") == nullptr)
    GTEST_SKIP() << "compute-sanitizer checks a real device's kernels";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(make(Mistake::kNone), ::testing::ExitedWithCode(0), "");
  const std::pair<Mistake, const char*> mistakes[] = {
      {Mistake::kNoBarrier, "reads shared memory before it is written"},
      {Mistake::kBarrierMissingInLoop, "reads what is written without a barrier"},
      {Mistake::kUnwritten, "reads shared memory before it is written"},
      {Mistake::kBlocksMeet, "writes twice without a barrier.* of block 1 and .* of block 0"},
      {Mistake::kMisaligned, ""},  // a trap
      {Mistake::kHostMemory, "touches memory that is not the device's"},
  };
  for (const auto& [mistake, found] : mistakes) EXPECT_DEATH(make(mistake), found);
}

#endif

}  // namespace
}  // namespace tenon
