// NVIDIA's libraries that the kernels call.
#pragma once

#include <string>

#include "libs/shared_library.h"

namespace tenon::cuda {

const SharedLibrary& cublasLtLibrary();
const SharedLibrary& cudnnLibrary();

/// A line on each: where it was found and its version, or why not.
std::string describeLibraries();

/// Whether they may multiply float32 in TF32 (TENON_CUDA_TF32).
bool allowsTf32();

}  // namespace tenon::cuda
