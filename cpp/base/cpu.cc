#include "base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

namespace tenon {
namespace {

/// Processors that a cgroup's quota leaves, or 0 if there is none.
double quota() {
  double limit = 0;
  double period = 0;
  std::string text;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2 >> text >> period) {
    if (text == "max" || period <= 0) return 0;
    char* end = nullptr;
    limit = std::strtod(text.c_str(), &end);
    return limit > 0 ? limit / period : 0;
  }
  std::ifstream v1("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (v1 >> limit && v1_period >> period && limit > 0 && period > 0) return limit / period;
  return 0;
}

int countProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (const double share = quota(); share > 0)
    count = std::min(count, static_cast<int>(std::ceil(share)));
  return std::max(count, 1);
}

}  // namespace

int processorCount() {
  static const int count = countProcessors();
  return count;
}

const CpuFeatures& cpuFeatures() {
  static const CpuFeatures features = [] {
    CpuFeatures f;
#if defined(__x86_64__)
    __builtin_cpu_init();
    f.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
    return f;
  }();
  return features;
}

}  // namespace tenon
