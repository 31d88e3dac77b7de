// NVIDIA's libraries that the kernels call.
#pragma once

#include <string>

#include "libs/shared_library.h"

namespace tenon::cuda {

const SharedLibrary& cublasLtLibrary();
const SharedLibrary& cudnnLibrary();

/// A line on each: where it was found and its version, or why not.
std::string describeLibraries();

}  // namespace tenon::cuda
