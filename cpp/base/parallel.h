// Parallel loops over ranges, on the process's one team of threads (base/team.h), which oneDNN uses
// too.
//
// Nested loops run serially. An exception leaves the loop once, after all parts have ended. Loops
// below their floor stay on the calling thread.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace tenon {

/// Threads that a parallel loop uses at most; by default the processors of the process.
int threadCount() noexcept;
/// Throws kInvalidArgument unless count is at least 1.
void setThreadCount(int count);
/// True inside a parallel loop.
bool insideParallel() noexcept;

namespace parallel_detail {
using Body = void (*)(void* closure, int64_t begin, int64_t end);
void run(int64_t n, int64_t floor, void* closure, Body body);
void runEach(int64_t count, void* closure, void (*body)(void* closure, int64_t index));
}  // namespace parallel_detail

/// Calls body(begin, end) over disjoint parts of [0, n), possibly at the same time on several
/// threads. `floor` is how many items one thread should at least get: below twice that, the loop is
/// a plain call. Parts are contiguous and depend only on n, floor and threadCount().
template <class F>
void parallelFor(int64_t n, int64_t floor, F&& body) {
  if (n <= 0) return;
  if (n < 2 * floor || insideParallel()) {
    body(int64_t{0}, n);
    return;
  }
  using Function = std::remove_reference_t<F>;
  parallel_detail::run(n, floor, const_cast<void*>(static_cast<const void*>(&body)),
                       [](void* closure, int64_t begin, int64_t end) {
                         (*static_cast<Function*>(closure))(begin, end);
                       });
}

/// Calls body(i) for each i in [0, count), on at most threadCount() threads.
template <class F>
void parallelEach(int64_t count, F&& body) {
  using Function = std::remove_reference_t<F>;
  parallel_detail::runEach(
      count, const_cast<void*>(static_cast<const void*>(&body)),
      [](void* closure, int64_t index) { (*static_cast<Function*>(closure))(index); });
}

}  // namespace tenon
