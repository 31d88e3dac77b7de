// CUDA's error codes as exceptions of the plug-in, which end at its edge (see runtime/edge.h).
#pragma once

#include <cuda_runtime_api.h>

#include "base/error.h"

namespace tenon::cuda {

/// Throws unless `code` is success; `what` says what was tried: "recording a fence". Running out of
/// memory is kOutOfMemory, everything else kInternal. The runtime's own record of the error is
/// cleared; a fault of a kernel comes back at the next call all the same.
inline void checkCuda(cudaError_t code, const char* what) {
  if (code == cudaSuccess) [[likely]]
    return;
  static_cast<void>(cudaGetLastError());
  fail(code == cudaErrorMemoryAllocation ? ErrorKind::kOutOfMemory : ErrorKind::kInternal, what,
       ": ", cudaGetErrorString(code), " (", cudaGetErrorName(code), ")");
}

/// True for the errors after which nothing on the device works any more, found by whoever asks
/// next.
constexpr bool isFault(cudaError_t code) {
  switch (code) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorTensorMemoryLeak:
    case cudaErrorMpsRpcFailure:
    case cudaErrorExternalDevice:
      return true;
    default:
      return false;
  }
}

}  // namespace tenon::cuda
