// A stand-in for cuDNN: the part of its interface that the library calls, computed plainly on the
// emulated device.
#pragma once

#include "cuda_runtime_api.h"

enum cudnnStatus_t : int {
  CUDNN_STATUS_SUCCESS = 0,
  CUDNN_STATUS_BAD_PARAM = 2000,
  CUDNN_STATUS_NOT_SUPPORTED = 3000,
};
using cudnnHandle_t = struct EmulatedCudnn*;

// Found by name, as in the real library.
#pragma GCC visibility push(default)
extern "C" {
cudnnStatus_t cudnnCreate(cudnnHandle_t* handle);
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream);
size_t cudnnGetVersion();
const char* cudnnGetErrorString(cudnnStatus_t status);
void cudnnGetLastErrorString(char* message, size_t size);
}
#pragma GCC visibility pop
