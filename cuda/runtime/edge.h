// What every function does that the core calls: no exception may leave the plug-in.
#pragma once

#include <cstdio>
#include <exception>
#include <new>

#include "base/error.h"
#include "device/plugin_api.h"

namespace tenon::cuda {

/// Runs `body`; an exception becomes a code and a message.
template <class F>
int32_t guarded(PluginFailure* failure, F&& body) noexcept {
  ErrorKind kind = ErrorKind::kInternal;
  try {
    body();
    return 0;
  } catch (const Error& error) {
    kind = error.kind();
    std::snprintf(failure->message, sizeof failure->message, "%s", error.what());
  } catch (const std::bad_alloc&) {
    kind = ErrorKind::kOutOfMemory;
    std::snprintf(failure->message, sizeof failure->message, "the host has no memory left");
  } catch (const std::exception& error) {
    std::snprintf(failure->message, sizeof failure->message, "%s", error.what());
  }
  return static_cast<int32_t>(kind);
}

/// Throws what the core's function failed with.
inline void checkHost(int32_t code, const PluginFailure& failure) {
  if (code != 0) fail(static_cast<ErrorKind>(code), failure.message);
}

/// What the core offers, from the entry on.
const HostApi& host() noexcept;

}  // namespace tenon::cuda
