#include "libs/cudnn.h"

#include <mutex>
#include <vector>

#include "base/error.h"
#include "libs/libraries.h"
#include "runtime/device.h"
#include "runtime/ending.h"

namespace tenon::cuda {
namespace {

/// Handles that ended threads gave back, by device: making one takes long and much memory. Leaked.
struct Idle {
  std::mutex mutex;
  std::vector<std::vector<cudnnHandle_t>> by_device{static_cast<size_t>(deviceCount())};
};

Idle& idle() {
  static Idle* const instance = new Idle;
  return *instance;
}

struct ThreadHandles {
  std::vector<cudnnHandle_t> by_device = std::vector<cudnnHandle_t>(idle().by_device.size());

  ThreadHandles() = default;
  ThreadHandles(const ThreadHandles&) = delete;
  ThreadHandles& operator=(const ThreadHandles&) = delete;
  ~ThreadHandles() {
    const std::scoped_lock lock(idle().mutex);
    for (size_t i = 0; i < by_device.size(); ++i) {
      if (by_device[i] != nullptr) idle().by_device[i].push_back(by_device[i]);
    }
  }
};

/// cuDNN, opened last: its parts look for cuBLAS and NVRTC by name, and find those that are loaded
/// already. Where they are somewhere else than the loader looks, nobody else would find them.
struct Files {
  const SharedLibrary cublas{"cuBLAS 13", "libcublas.so.13", "cu13"};
  const SharedLibrary nvrtc{"NVRTC 13", "libnvrtc.so.13", "cu13"};
  const SharedLibrary cudnn{"cuDNN 9", "libcudnn.so.9", "cudnn"};
};

}  // namespace

const SharedLibrary& cudnnLibrary() {
  cublasLtLibrary();
  static const auto* const files = new Files;
  return files->cudnn;
}

const Cudnn& cudnn() {
  static const Cudnn table = [] {
    const SharedLibrary& library = cudnnLibrary();
    Cudnn t{};
    library.bind(t.create, "cudnnCreate");
    library.bind(t.setStream, "cudnnSetStream");
    library.bind(t.getVersion, "cudnnGetVersion");
    library.bind(t.getErrorString, "cudnnGetErrorString");
    library.bind(t.getLastErrorString, "cudnnGetLastErrorString");
    library.bind(t.createTensorDescriptor, "cudnnCreateTensorDescriptor");
    library.bind(t.setTensorNdDescriptor, "cudnnSetTensorNdDescriptor");
    library.bind(t.destroyTensorDescriptor, "cudnnDestroyTensorDescriptor");
    library.bind(t.createFilterDescriptor, "cudnnCreateFilterDescriptor");
    library.bind(t.setFilterNdDescriptor, "cudnnSetFilterNdDescriptor");
    library.bind(t.destroyFilterDescriptor, "cudnnDestroyFilterDescriptor");
    library.bind(t.createConvolutionDescriptor, "cudnnCreateConvolutionDescriptor");
    library.bind(t.setConvolutionNdDescriptor, "cudnnSetConvolutionNdDescriptor");
    library.bind(t.setConvolutionGroupCount, "cudnnSetConvolutionGroupCount");
    library.bind(t.setConvolutionMathType, "cudnnSetConvolutionMathType");
    library.bind(t.destroyConvolutionDescriptor, "cudnnDestroyConvolutionDescriptor");
    library.bind(t.getConvolutionForwardAlgorithm, "cudnnGetConvolutionForwardAlgorithm_v7");
    library.bind(t.getConvolutionBackwardDataAlgorithm,
                 "cudnnGetConvolutionBackwardDataAlgorithm_v7");
    library.bind(t.getConvolutionBackwardFilterAlgorithm,
                 "cudnnGetConvolutionBackwardFilterAlgorithm_v7");
    library.bind(t.getConvolutionForwardWorkspaceSize, "cudnnGetConvolutionForwardWorkspaceSize");
    library.bind(t.getConvolutionBackwardDataWorkspaceSize,
                 "cudnnGetConvolutionBackwardDataWorkspaceSize");
    library.bind(t.getConvolutionBackwardFilterWorkspaceSize,
                 "cudnnGetConvolutionBackwardFilterWorkspaceSize");
    library.bind(t.convolutionForward, "cudnnConvolutionForward");
    library.bind(t.convolutionBackwardData, "cudnnConvolutionBackwardData");
    library.bind(t.convolutionBackwardFilter, "cudnnConvolutionBackwardFilter");
    return t;
  }();
  return table;
}

cudnnHandle_t cudnnHandle(int device) {
  thread_local ThreadHandles handles;
  const Cudnn& dnn = cudnn();
  cudnnHandle_t& handle = handles.by_device.at(static_cast<size_t>(device));
  if (handle == nullptr) {
    const std::scoped_lock lock(idle().mutex);
    std::vector<cudnnHandle_t>& free = idle().by_device.at(static_cast<size_t>(device));
    if (!free.empty()) {
      handle = free.back();
      free.pop_back();
    }
  }
  if (handle == nullptr) {
    const DeviceScope scope(device);
    checkCudnn(dnn.create(&handle), "opening cuDNN");
    endBeforeOthers();
  }
  return handle;
}

void checkCudnn(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char details[512] = {};
  cudnn().getLastErrorString(details, sizeof details);
  fail(ErrorKind::kInternal, what, ": cuDNN says ", cudnn().getErrorString(status),
       details[0] == 0 ? "" : ": ", details);
}

}  // namespace tenon::cuda
