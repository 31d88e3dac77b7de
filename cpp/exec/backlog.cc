#include "exec/backlog.h"

#include <exception>

#include "engine/engine.h"

namespace tenon {
namespace {

/// At a thread's most so many calls, or results of so many bytes, are issued and not done.
constexpr int kMaxCalls = 1024;
constexpr int64_t kMaxBytes = int64_t{128} << 20;

struct Issued {
  int calls = 0;
  int64_t bytes = 0;
};
thread_local Issued issued;

}  // namespace

void limitBacklog(const NDArray& output) noexcept {
  issued.bytes += output.bytes();
  if (++issued.calls < kMaxCalls && issued.bytes < kMaxBytes) return;
  issued = {};
  if (Engine::insideTask()) return;
  try {
    output.waitToRead();
  } catch (const std::exception&) {
    // It stays with the array, for whoever reads it.
    return;
  }
}

}  // namespace tenon
