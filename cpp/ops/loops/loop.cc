#include "ops/loops/loop.h"

#include <atomic>

#include "base/cpu.h"
#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"

namespace tenon {

namespace plain {
const LoopTables& tables() noexcept;
}
namespace avx2 {
const LoopTables& tables() noexcept;
}
namespace avx512 {
const LoopTables& tables() noexcept;
}

namespace {

SimdLevel chosen() noexcept {
  const std::string& wanted = settings().simd;
  if (wanted == "plain") return SimdLevel::kPlain;
  if (wanted == "avx2") return SimdLevel::kAvx2;
  if (cpuFeatures().avx512) return SimdLevel::kAvx512;
  if (wanted == "avx512")
    log(LogLevel::kWarning, "TENON_SIMD is avx512, which this processor lacks: using avx2");
  return SimdLevel::kAvx2;
}

std::atomic<SimdLevel>& level() noexcept {
  static std::atomic<SimdLevel> value{chosen()};
  return value;
}

}  // namespace

SimdLevel simdLevel() noexcept { return level().load(std::memory_order_relaxed); }

void setSimdLevel(SimdLevel wanted) {
  TENON_CHECK(wanted != SimdLevel::kAvx512 || cpuFeatures().avx512, kUnsupported,
              "this processor lacks AVX-512");
  level().store(wanted, std::memory_order_relaxed);
}

const LoopTables& loopTables() noexcept {
  switch (simdLevel()) {
    case SimdLevel::kPlain:
      return plain::tables();
    case SimdLevel::kAvx512:
      return avx512::tables();
    case SimdLevel::kAvx2:
      break;
  }
  return avx2::tables();
}

}  // namespace tenon
