// The one exception type of the core, with a kind that the edges (JNI, C ABI) translate, and the
// check macro.
//
// A message says what was given, what was expected and where: `Concat: input 2 has shape (3,4),
// expected (3,*)`.
#pragma once

#include <exception>
#include <sstream>
#include <string>
#include <utility>

namespace tenon {

/// What went wrong, as far as a caller can act on it. The values cross the JNI and plug-in edges:
/// never renumber.
enum class ErrorKind : int {
  kInvalidArgument = 1,  ///< a value, shape, dtype, name or device that the call cannot take
  kInvalidState = 2,     ///< closed handle, not bound, waiting inside a worker, ...
  kIndex = 3,            ///< an index outside its range
  kIo = 4,               ///< a file that is missing, cut, corrupt or not writable
  kOutOfMemory = 5,      ///< a device's or the host's limit is reached; the program may go on
  kUnsupported = 6,      ///< valid, but not offered by this build, device or dtype
  kInternal = 7,         ///< Tenon is wrong, not the caller
};

/// Thrown everywhere in the core. Copyable; travels on engine variables.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& message() const noexcept { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// The same error, said from further out: "context: message".
  Error within(const std::string& context) const { return {kind_, context + ": " + message_}; }

 private:
  ErrorKind kind_;
  std::string message_;
};

/// Joins its arguments as `operator<<` prints them.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return std::move(out).str();
}

template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, const Parts&... parts) {
  throw Error(kind, concat(parts...));
}

}  // namespace tenon

/// Throws an Error of `kind` (an enumerator of ErrorKind, without its scope) unless `condition`
/// holds. The message's parts are evaluated only on failure, which is why this is a macro.
#define TENON_CHECK(condition, kind, ...)                   \
  do {                                                      \
    if (!(condition)) [[unlikely]] {                        \
      ::tenon::fail(::tenon::ErrorKind::kind, __VA_ARGS__); \
    }                                                       \
  } while (false)
