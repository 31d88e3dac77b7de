#include "libs/cublaslt.h"

#include <mutex>
#include <vector>

#include "base/error.h"
#include "libs/libraries.h"
#include "runtime/device.h"
#include "runtime/ending.h"

namespace tenon::cuda {

const SharedLibrary& cublasLtLibrary() {
  static const auto* const library = new SharedLibrary("cuBLAS 13", "libcublasLt.so.13", "cu13");
  return *library;
}

const CublasLt& cublasLt() {
  static const CublasLt table = [] {
    const SharedLibrary& library = cublasLtLibrary();
    CublasLt t{};
    library.bind(t.create, "cublasLtCreate");
    library.bind(t.getVersion, "cublasLtGetVersion");
    library.bind(t.getStatusString, "cublasLtGetStatusString");
    library.bind(t.matmul, "cublasLtMatmul");
    library.bind(t.matmulAlgoGetHeuristic, "cublasLtMatmulAlgoGetHeuristic");
    library.bind(t.matmulDescInit, "cublasLtMatmulDescInit_internal");
    library.bind(t.matmulDescSetAttribute, "cublasLtMatmulDescSetAttribute");
    library.bind(t.matrixLayoutInit, "cublasLtMatrixLayoutInit_internal");
    library.bind(t.matrixLayoutSetAttribute, "cublasLtMatrixLayoutSetAttribute");
    library.bind(t.matmulPreferenceInit, "cublasLtMatmulPreferenceInit_internal");
    library.bind(t.matmulPreferenceSetAttribute, "cublasLtMatmulPreferenceSetAttribute");
    return t;
  }();
  return table;
}

cublasLtHandle_t cublasLtHandle(int device) {
  static std::mutex* const mutex = new std::mutex;
  static auto* const handles =
      new std::vector<cublasLtHandle_t>(static_cast<size_t>(deviceCount()));
  const CublasLt& lt = cublasLt();
  const std::scoped_lock lock(*mutex);
  cublasLtHandle_t& handle = handles->at(static_cast<size_t>(device));
  if (handle == nullptr) {
    const DeviceScope scope(device);
    checkCublas(lt.create(&handle), "opening cuBLAS");
    endBeforeOthers();
  }
  return handle;
}

void checkCublas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail(status == CUBLAS_STATUS_ALLOC_FAILED ? ErrorKind::kOutOfMemory : ErrorKind::kInternal, what,
       ": cuBLAS says ", cublasLt().getStatusString(status));
}

}  // namespace tenon::cuda
