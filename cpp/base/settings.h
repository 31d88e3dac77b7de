// Every setting of the process, in one table: environment variables TENON_* with type, default and
// doc, read once. A new setting is a row in settings.cc and a member here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tenon {

struct Settings {
  std::string engine;   ///< TENON_ENGINE: "threaded" or "naive"
  int64_t cpu_workers;  ///< TENON_CPU_WORKERS: engine workers of the compute lane; 0: by processors
  int64_t threads;      ///< TENON_NUM_THREADS: threads of a parallel loop; 0: by processors
  int64_t memory_limit;  ///< TENON_MEMORY_LIMIT: bytes of CPU memory; 0: the container's limit less
                         ///< a reserve
  int64_t memory_cache_limit;  ///< TENON_MEMORY_CACHE_LIMIT: most bytes kept for reuse; 0: a
                               ///< quarter of the limit
  bool inline_execution;       ///< TENON_INLINE: run cheap tasks on the calling thread
  bool synchronous;            ///< TENON_SYNCHRONOUS: wait after each imperative call
  bool deterministic;          ///< TENON_DETERMINISTIC: bit-identical results from run to run
  bool debug;                  ///< TENON_DEBUG: errors name the line that issued the call
  std::string simd;            ///< TENON_SIMD: "auto", "plain", "avx2" or "avx512"
  std::string log;       ///< TENON_LOG: "off", "warning", "info" or "debug", to standard error
  std::string openblas;  ///< TENON_OPENBLAS: path of the OpenBLAS library; empty: the system's
  std::string
      cuda_library;       ///< TENON_CUDA_LIBRARY: path of libtenon_cuda.so; empty: beside libtenon
  std::string cuda_home;  ///< TENON_CUDA_HOME: folder of NVIDIA's libraries, searched first
  bool cuda_tf32;         ///< TENON_CUDA_TF32: float32 products in TF32 on a GPU
};

/// The process's settings. Values that cannot be parsed count as the default and are reported by
/// `settingFaults`.
const Settings& settings();

/// A variable of other programs' that says where their things are (VIRTUAL_ENV, HOME); "" if unset.
const char* environmentOf(const char* variable) noexcept;

/// A row of the table, for `Tenon.info()`.
struct SettingInfo {
  std::string variable, value, default_value, doc;
  bool from_environment = false;
};
std::vector<SettingInfo> listSettings();
/// One sentence per environment value that was not understood.
std::vector<std::string> settingFaults();

}  // namespace tenon
