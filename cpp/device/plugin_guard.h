// What a function does that is called across the edge of a device library, on either side: no
// exception may pass through the caller's frames.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>

#include "base/error.h"
#include "device/plugin_api.h"

namespace tenon {

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

}  // namespace tenon
