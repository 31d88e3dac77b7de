// What processors this process may use.
#pragma once

namespace tenon {

/// Processors available to this process: its affinity mask and its container's quota, whichever is
/// less; at least 1.
int processorCount();

/// Instruction sets beyond the baseline (x86-64-v3) that processor and system support.
struct CpuFeatures {
  bool avx512 = false;  ///< F, BW, DQ and VL
};
const CpuFeatures& cpuFeatures();

}  // namespace tenon
