// oneDNN's engine and streams, and its errors as ours. Only files of ops that say so in their name
// or opening comment include dnnl.hpp, and only through this folder.
#pragma once

#include <dnnl.hpp>
#include <dnnl_threadpool.hpp>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tenon::onednn {

/// The process's CPU engine; made at first use, lives as long as the process.
const dnnl::engine& engine();
/// The calling thread's stream, whose primitives share out their work to `threads` threads of the
/// process's team; they must have been made for as many. It runs what it is given at once.
const dnnl::stream& stream(int threads);

/// Threads that primitives made now should be made for: threadCount(), or 1 inside a parallel loop
/// and while a SingleThread lives.
int currentThreads() noexcept;

/// While it lives and `wanted`, this thread makes primitives that run on their caller alone: for
/// work that takes less time than a team needs to gather.
class SingleThread {
 public:
  explicit SingleThread(bool wanted) noexcept;
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  const bool outer_;
};

/// oneDNN's error as ours, saying what was being done.
[[noreturn]] void rethrow(std::string_view what, const dnnl::error& error);

/// Calls `f`, translating oneDNN's exceptions.
template <class F>
auto guarded(std::string_view what, F&& f) {
  try {
    return f();
  } catch (const dnnl::error& error) {
    rethrow(what, error);
  }
}

/// The same for making primitives: they are made for the threads that they will run with.
template <class F>
auto preparing(std::string_view what, F&& f) {
  dnnl_threadpool_interop_set_max_concurrency(currentThreads());
  return guarded(what, std::forward<F>(f));
}

/// For the C interface: throws unless `status` is success.
inline void check(dnnl_status_t status, std::string_view what) {
  if (status != dnnl_success) [[unlikely]]
    rethrow(what, dnnl::error(status, "could not execute a primitive"));
}

}  // namespace tenon::onednn
