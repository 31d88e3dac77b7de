// oneDNN's engine and streams, and its errors as ours. Only files of ops that say so in their name
// or opening comment include dnnl.hpp, and only through this folder.
#pragma once

#include <dnnl.hpp>
#include <string_view>

#include "base/error.h"

namespace tenon::onednn {

/// The process's CPU engine; made at first use, lives as long as the process.
const dnnl::engine& engine();
/// The calling thread's stream. CPU streams run what they are given at once.
const dnnl::stream& stream();

/// Threads that primitives made now should be made for: threadCount(), or 1 inside a parallel loop.
int currentThreads() noexcept;
/// Lets parallel regions which oneDNN opens on the calling thread have `threads` threads. A
/// primitive runs with the count it was made for.
void useThreads(int threads);

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

/// For the C interface: throws unless `status` is success.
inline void check(dnnl_status_t status, std::string_view what) {
  if (status != dnnl_success) [[unlikely]]
    rethrow(what, dnnl::error(status, "could not execute a primitive"));
}

}  // namespace tenon::onednn
