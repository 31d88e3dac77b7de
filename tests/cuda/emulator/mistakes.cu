// Kernels with the mistakes that checker.h is to find, and one without.
#include "controls.h"
#include "cuda_runtime.h"

namespace {

using namespace tenon::cuda::emulator;

constexpr unsigned kCount = 64;

__global__ void reverseKernel(int* data, bool meets) {
  __shared__ int shared[kCount];
  shared[threadIdx.x] = data[threadIdx.x];
  if (meets) __syncthreads();
  data[threadIdx.x] = shared[kCount - 1 - threadIdx.x];
}
__global__ void overtakeKernel(int* data) {
  __shared__ int shared[kCount];
  for (int i = 0; i < 2; ++i) {
    shared[threadIdx.x] = data[threadIdx.x];
    __syncthreads();
    data[threadIdx.x] = shared[kCount - 1 - threadIdx.x];
  }
}
__global__ void unwrittenKernel(int* data) {
  __shared__ int shared[kCount];
  if (threadIdx.x % 2 == 0) shared[threadIdx.x] = 1;
  __syncthreads();
  data[threadIdx.x] = shared[threadIdx.x];
}
__global__ void meetInMemoryKernel(int* data) { data[0] = static_cast<int>(blockIdx.x); }
__global__ void misalignedKernel(char* data) {
  *reinterpret_cast<uint4*>(data + 8) = uint4{1, 2, 3, 4};
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void emulateMistake(Mistake mistake) {
  cudaStream_t stream = nullptr;
  cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, 0);
  void* memory = nullptr;
  cudaMalloc(&memory, kCount * sizeof(int));
  int host[kCount] = {};
  auto* const data = static_cast<int*>(memory);
  const auto issue = [&]<class... P>(dim3 grid, void (*kernel)(P...), P... given) {
    launchKernel(stream, grid, dim3(kCount), 0, true, kernel, std::tuple<P...>(given...));
  };
  switch (mistake) {
    case Mistake::kNone:
      issue(dim3(), reverseKernel, data, true);
      break;
    case Mistake::kNoBarrier:
      issue(dim3(), reverseKernel, data, false);
      break;
    case Mistake::kBarrierMissingInLoop:
      issue(dim3(), overtakeKernel, data);
      break;
    case Mistake::kUnwritten:
      issue(dim3(), unwrittenKernel, data);
      break;
    case Mistake::kBlocksMeet:
      launchKernel(stream, dim3(2), dim3(1), 0, true, meetInMemoryKernel, std::tuple<int*>(data));
      break;
    case Mistake::kMisaligned:
      launchKernel(stream, dim3(), dim3(1), 0, true, misalignedKernel,
                   std::tuple<char*>(static_cast<char*>(memory)));
      break;
    case Mistake::kHostMemory:
      issue(dim3(), reverseKernel, host, true);
      break;
  }
  cudaStreamSynchronize(stream);
  cudaFree(memory);
}
