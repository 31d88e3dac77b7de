// Log lines of the native library, to standard error; off unless TENON_LOG says otherwise. Java has
// its own log.
#pragma once

#include "base/error.h"

namespace tenon {

enum class LogLevel : int { kWarning = 1, kInfo = 2, kDebug = 3 };

bool logs(LogLevel level) noexcept;
void writeLog(LogLevel level, const std::string& line) noexcept;

template <class... Parts>
void log(LogLevel level, const Parts&... parts) {
  if (logs(level)) writeLog(level, concat(parts...));
}

}  // namespace tenon
