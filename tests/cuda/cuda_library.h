// The device library that the tests load.
#pragma once

#include <string>

#include "base/settings.h"
#include "device/plugin.h"

namespace tenon::testing {

/// The folder of the tests' own libraries.
inline std::string pluginFolder() { return TENON_TEST_PLUGINS; }

inline bool isEmulated() { return settings().cuda_library.empty(); }

inline std::string libraryUnderTest() {
  return isEmulated() ? pluginFolder() + "/libtenon_cuda_emulated.so" : settings().cuda_library;
}

inline void loadLibraryUnderTest() { loadPlugin(libraryUnderTest()); }

}  // namespace tenon::testing
