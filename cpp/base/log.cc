#include "base/log.h"

#include <cstdio>

#include "base/settings.h"

namespace tenon {

bool logs(LogLevel level) noexcept {
  const std::string& set = settings().log;
  const int most = set == "debug" ? 3 : set == "info" ? 2 : set == "warning" ? 1 : 0;
  return static_cast<int>(level) <= most;
}

void writeLog(LogLevel level, const std::string& line) noexcept {
  constexpr const char* kNames[] = {"", "warning", "info", "debug"};
  // One call per line, so that lines of several threads do not mix.
  std::fprintf(stderr, "tenon %s: %s\n", kNames[static_cast<int>(level)], line.c_str());
}

}  // namespace tenon
