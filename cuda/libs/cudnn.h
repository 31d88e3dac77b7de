// cuDNN 9: its functions, opened at first use, and one handle per device and thread.
#pragma once

#include <cudnn.h>

namespace tenon::cuda {

/// The functions that we call, by their names without the prefix. A caller of others adds a row
/// here and in cudnn.cc.
struct Cudnn {
  decltype(cudnnCreate)* create;
  decltype(cudnnSetStream)* setStream;
  decltype(cudnnGetVersion)* getVersion;
  decltype(cudnnGetErrorString)* getErrorString;
  decltype(cudnnGetLastErrorString)* getLastErrorString;
};

/// Throws kUnsupported, saying what is missing and where it was looked for.
const Cudnn& cudnn();
/// The calling thread's handle for gpu(device): a handle must not be used by two threads at once.
cudnnHandle_t cudnnHandle(int device);
/// Throws unless `status` is success; `what` says what was tried.
void checkCudnn(cudnnStatus_t status, const char* what);

}  // namespace tenon::cuda
