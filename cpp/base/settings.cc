#include "base/settings.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace tenon {
namespace {

/// Reads environment values into Settings and remembers what it saw.
class Reader {
 public:
  void text(const char* variable, std::string* value, std::string fallback,
            const std::vector<std::string_view>& allowed, const char* doc) {
    *value = std::move(fallback);
    const std::string default_value = *value;
    const char* given = std::getenv(variable);
    if (given != nullptr) {
      bool ok = allowed.empty();
      for (std::string_view choice : allowed) ok = ok || choice == given;
      if (ok) {
        *value = given;
      } else {
        std::string expected;
        for (std::string_view choice : allowed)
          expected += (expected.empty() ? "" : ", ") + std::string(choice);
        fault(variable, given, expected, default_value);
      }
    }
    row(variable, *value, default_value, doc, given != nullptr);
  }

  void number(const char* variable, int64_t* value, int64_t fallback, const char* doc) {
    *value = fallback;
    const char* given = std::getenv(variable);
    if (given != nullptr) {
      const std::string_view text = given;
      int64_t parsed = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
      if (error == std::errc() && end == text.data() + text.size() && parsed >= 0) {
        *value = parsed;
      } else {
        fault(variable, given, "a whole number of at least 0", std::to_string(fallback));
      }
    }
    row(variable, std::to_string(*value), std::to_string(fallback), doc, given != nullptr);
  }

  void flag(const char* variable, bool* value, bool fallback, const char* doc) {
    *value = fallback;
    const char* given = std::getenv(variable);
    if (given != nullptr) {
      const std::string_view text = given;
      if (text == "1" || text == "true") {
        *value = true;
      } else if (text == "0" || text == "false") {
        *value = false;
      } else {
        fault(variable, given, "1, true, 0 or false", fallback ? "1" : "0");
      }
    }
    row(variable, *value ? "1" : "0", fallback ? "1" : "0", doc, given != nullptr);
  }

  std::vector<SettingInfo> rows;
  std::vector<std::string> faults;

 private:
  void row(const char* variable, std::string value, std::string default_value, const char* doc,
           bool given) {
    rows.push_back({variable, std::move(value), std::move(default_value), doc, given});
  }
  void fault(const char* variable, const char* given, const std::string& expected,
             const std::string& used) {
    faults.push_back(std::string(variable) + " is '" + given + "', expected " + expected +
                     "; using '" + used + "'");
  }
};

struct State {
  Settings values;
  Reader reader;

  State() {
    Settings& v = values;
    reader.text("TENON_ENGINE", &v.engine, "threaded", {"threaded", "naive"},
                "The engine: threaded, or naive (every task at once on the calling thread, for "
                "debugging).");
    reader.number("TENON_CPU_WORKERS", &v.cpu_workers, 0,
                  "Engine workers of the compute lane; 0: by processors.");
    reader.number("TENON_NUM_THREADS", &v.threads, 0,
                  "Threads of one parallel loop; 0: by processors.");
    reader.number("TENON_MEMORY_LIMIT", &v.memory_limit, 0,
                  "Most bytes of CPU memory for arrays; 0: the container's limit less a reserve.");
    reader.number("TENON_MEMORY_CACHE_LIMIT", &v.memory_cache_limit, 0,
                  "Most bytes of CPU memory kept for reuse; 0: a quarter of the limit.");
    reader.flag("TENON_INLINE", &v.inline_execution, true,
                "Run cheap operators on the calling thread.");
    reader.flag("TENON_SYNCHRONOUS", &v.synchronous, false,
                "Wait after each imperative call, so that errors appear where they are made.");
    reader.flag("TENON_DETERMINISTIC", &v.deterministic, false,
                "Bit-identical results from run to run.");
    reader.flag("TENON_DEBUG", &v.debug, false,
                "Errors that surface later name the line of the program that issued the call.");
    reader.text("TENON_SIMD", &v.simd, "auto", {"auto", "plain", "avx2", "avx512"},
                "Instruction set of the hand-written loops.");
    reader.text("TENON_LOG", &v.log, "off", {"off", "warning", "info", "debug"},
                "Log of the native library, to standard error.");
    reader.text("TENON_OPENBLAS", &v.openblas, "", {},
                "Path of the OpenBLAS library; empty: the system's.");
    reader.text("TENON_CUDA_LIBRARY", &v.cuda_library, "", {},
                "Path of libtenon_cuda.so; empty: beside libtenon; none: no GPU.");
    reader.text("TENON_CUDA_HOME", &v.cuda_home, "", {},
                "Folder where cuBLAS and cuDNN are looked for first.");
    reader.flag("TENON_CUDA_TF32", &v.cuda_tf32, false,
                "Let a GPU multiply float32 in TF32, with 10 bits of mantissa: faster.");
  }
};

const State& state() {
  static const State* const instance =
      new State;  // never destroyed: threads may outlive static destruction
  return *instance;
}

}  // namespace

const char* environmentOf(const char* variable) noexcept {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

const Settings& settings() { return state().values; }
std::vector<SettingInfo> listSettings() { return state().reader.rows; }
std::vector<std::string> settingFaults() { return state().reader.faults; }

}  // namespace tenon
