// The core's side of the edge, as the plug-in sees it.
#pragma once

#include "base/error.h"
#include "device/plugin_api.h"
#include "device/plugin_guard.h"

namespace tenon::cuda {

/// Throws what the core's function failed with.
inline void checkHost(int32_t code, const PluginFailure& failure) {
  if (code != 0) fail(static_cast<ErrorKind>(code), failure.message);
}

/// What the core offers, from the entry on.
const HostApi& host() noexcept;

}  // namespace tenon::cuda
