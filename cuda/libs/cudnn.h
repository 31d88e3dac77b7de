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
  decltype(cudnnCreateTensorDescriptor)* createTensorDescriptor;
  decltype(cudnnSetTensorNdDescriptor)* setTensorNdDescriptor;
  decltype(cudnnDestroyTensorDescriptor)* destroyTensorDescriptor;
  decltype(cudnnCreateFilterDescriptor)* createFilterDescriptor;
  decltype(cudnnSetFilterNdDescriptor)* setFilterNdDescriptor;
  decltype(cudnnDestroyFilterDescriptor)* destroyFilterDescriptor;
  decltype(cudnnCreateConvolutionDescriptor)* createConvolutionDescriptor;
  decltype(cudnnSetConvolutionNdDescriptor)* setConvolutionNdDescriptor;
  decltype(cudnnSetConvolutionGroupCount)* setConvolutionGroupCount;
  decltype(cudnnSetConvolutionMathType)* setConvolutionMathType;
  decltype(cudnnDestroyConvolutionDescriptor)* destroyConvolutionDescriptor;
  decltype(cudnnGetConvolutionForwardAlgorithm_v7)* getConvolutionForwardAlgorithm;
  decltype(cudnnGetConvolutionBackwardDataAlgorithm_v7)* getConvolutionBackwardDataAlgorithm;
  decltype(cudnnGetConvolutionBackwardFilterAlgorithm_v7)* getConvolutionBackwardFilterAlgorithm;
  decltype(cudnnGetConvolutionForwardWorkspaceSize)* getConvolutionForwardWorkspaceSize;
  decltype(cudnnGetConvolutionBackwardDataWorkspaceSize)* getConvolutionBackwardDataWorkspaceSize;
  decltype(cudnnGetConvolutionBackwardFilterWorkspaceSize)*
      getConvolutionBackwardFilterWorkspaceSize;
  decltype(cudnnConvolutionForward)* convolutionForward;
  decltype(cudnnConvolutionBackwardData)* convolutionBackwardData;
  decltype(cudnnConvolutionBackwardFilter)* convolutionBackwardFilter;
};

/// Throws kUnsupported, saying what is missing and where it was looked for.
const Cudnn& cudnn();
/// The calling thread's handle for gpu(device): a handle must not be used by two threads at once.
cudnnHandle_t cudnnHandle(int device);
/// Throws unless `status` is success; `what` says what was tried.
void checkCudnn(cudnnStatus_t status, const char* what);

/// Owns a descriptor of cuDNN's.
template <class D, cudnnStatus_t (*Cudnn::*kCreate)(D*), cudnnStatus_t (*Cudnn::*kDestroy)(D)>
class CudnnDescriptor {
 public:
  CudnnDescriptor() { checkCudnn((cudnn().*kCreate)(&descriptor_), "making a descriptor"); }
  ~CudnnDescriptor() { static_cast<void>((cudnn().*kDestroy)(descriptor_)); }
  CudnnDescriptor(const CudnnDescriptor&) = delete;
  CudnnDescriptor& operator=(const CudnnDescriptor&) = delete;
  D get() const noexcept { return descriptor_; }

 private:
  D descriptor_ = nullptr;
};

using TensorDescriptor = CudnnDescriptor<cudnnTensorDescriptor_t, &Cudnn::createTensorDescriptor,
                                         &Cudnn::destroyTensorDescriptor>;
using FilterDescriptor = CudnnDescriptor<cudnnFilterDescriptor_t, &Cudnn::createFilterDescriptor,
                                         &Cudnn::destroyFilterDescriptor>;
using ConvolutionDescriptor =
    CudnnDescriptor<cudnnConvolutionDescriptor_t, &Cudnn::createConvolutionDescriptor,
                    &Cudnn::destroyConvolutionDescriptor>;

}  // namespace tenon::cuda
