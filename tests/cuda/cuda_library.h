// The device library that the tests load.
#pragma once

#include <string>

#include "base/settings.h"
#include "device/plugin.h"

namespace tenon::testing {

/// The folder of the tests' own libraries.
inline std::string pluginFolder() { return TENON_TEST_PLUGINS; }

inline std::string libraryUnderTest() {
  const std::string& given = settings().cuda_library;
  return given.empty() ? pluginFolder() + "/libtenon_cuda_emulated.so" : given;
}

inline void loadLibraryUnderTest() { loadPlugin(libraryUnderTest()); }

}  // namespace tenon::testing
