#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/settings.h"

#if !defined(TENON_NO_OPENMP)
#include <omp.h>
#endif

namespace tenon {
namespace {

std::atomic<int>& configured() {
  static std::atomic<int> count{settings().threads > 0 ? static_cast<int>(settings().threads)
                                                       : processorCount()};
  return count;
}

thread_local bool inside = false;

/// Keeps the first exception of a loop's parts.
class FirstError {
 public:
  template <class F>
  void guard(F&& part) noexcept {
    const bool outer = inside;
    inside = true;
    try {
      part();
    } catch (...) {
      if (!taken_.exchange(true)) error_ = std::current_exception();
    }
    inside = outer;
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

void setLibraryThreads([[maybe_unused]] int count) noexcept {
#if !defined(TENON_NO_OPENMP)
  // The count is a property of each thread in OpenMP, and the default is the machine's, not the
  // container's.
  thread_local int used = 0;
  if (used != count) {
    omp_set_num_threads(count);
    used = count;
  }
#endif
}

bool insideParallel() noexcept { return inside; }

namespace parallel_detail {

void run(int64_t n, int64_t floor, void* closure, Body body) {
  const int64_t parts = std::min<int64_t>(threadCount(), n / std::max<int64_t>(floor, 1));
  if (parts <= 1) {
    body(closure, 0, n);
    return;
  }
  FirstError errors;
  const auto part = [&](int64_t index) {
    errors.guard([&] { body(closure, n * index / parts, n * (index + 1) / parts); });
  };
#if defined(TENON_NO_OPENMP)
  // For ThreadSanitizer, which does not see OpenMP's barriers.
  std::vector<std::thread> threads;
  for (int64_t i = 1; i < parts; ++i) threads.emplace_back(part, i);
  part(0);
  for (std::thread& thread : threads) thread.join();
#else
#pragma omp parallel num_threads(static_cast <int>(parts))
  {
    // The team may be smaller than asked for; every part is done all the same.
    for (int64_t i = omp_get_thread_num(); i < parts; i += omp_get_num_threads()) part(i);
  }
#endif
  errors.rethrow();
}

}  // namespace parallel_detail
}  // namespace tenon
