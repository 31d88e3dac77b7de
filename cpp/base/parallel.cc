#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>

#include "base/cpu.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/team.h"

namespace tenon {
namespace {

std::atomic<int>& configured() {
  static std::atomic<int> count{settings().threads > 0 ? static_cast<int>(settings().threads)
                                                       : processorCount()};
  return count;
}

/// Keeps the first exception of a loop's parts.
class FirstError {
 public:
  template <class F>
  void guard(F&& part) noexcept {
    try {
      part();
    } catch (...) {
      if (!taken_.exchange(true)) error_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::atomic<bool> taken_{false};
  std::exception_ptr error_;
};

}  // namespace

int threadCount() noexcept { return configured().load(std::memory_order_relaxed); }

void setThreadCount(int count) {
  TENON_CHECK(count >= 1, kInvalidArgument, "the number of threads is ", count,
              ", expected at least 1");
  configured().store(count, std::memory_order_relaxed);
}

bool insideParallel() noexcept { return Team::insidePart(); }

namespace parallel_detail {

void runEach(int64_t count, void* closure, void (*body)(void* closure, int64_t index)) {
  struct Each {
    void* closure;
    void (*body)(void*, int64_t);
    FirstError errors;
  } each{closure, body, {}};
  const int threads = insideParallel() ? 1 : threadCount();
  Team::get().run(count, threads, &each, [](void* self, int64_t index) {
    Each& loop = *static_cast<Each*>(self);
    loop.errors.guard([&] { loop.body(loop.closure, index); });
  });
  each.errors.rethrow();
}

void run(int64_t n, int64_t floor, void* closure, Body body) {
  const int64_t parts = std::min<int64_t>(threadCount(), n / std::max<int64_t>(floor, 1));
  if (parts <= 1) {
    body(closure, 0, n);
    return;
  }
  parallelEach(parts,
               [=](int64_t index) { body(closure, n * index / parts, n * (index + 1) / parts); });
}

}  // namespace parallel_detail
}  // namespace tenon
