// cuBLASLt: its functions, opened at first use, and one handle per device.
#pragma once

#include <cublasLt.h>

namespace tenon::cuda {

/// The functions that we call, by their names without the prefix.
struct CublasLt {
  decltype(cublasLtCreate)* create;
  decltype(cublasLtGetVersion)* getVersion;
  decltype(cublasLtGetStatusString)* getStatusString;
  decltype(cublasLtMatmul)* matmul;
  decltype(cublasLtMatmulAlgoGetHeuristic)* matmulAlgoGetHeuristic;
  // Descriptors lie in our own memory and are copied like plain data.
  decltype(cublasLtMatmulDescInit_internal)* matmulDescInit;
  decltype(cublasLtMatmulDescSetAttribute)* matmulDescSetAttribute;
  decltype(cublasLtMatrixLayoutInit_internal)* matrixLayoutInit;
  decltype(cublasLtMatrixLayoutSetAttribute)* matrixLayoutSetAttribute;
  decltype(cublasLtMatmulPreferenceInit_internal)* matmulPreferenceInit;
  decltype(cublasLtMatmulPreferenceSetAttribute)* matmulPreferenceSetAttribute;
};

/// Throws kUnsupported, saying what is missing and where it was looked for.
const CublasLt& cublasLt();
/// Of gpu(device).
cublasLtHandle_t cublasLtHandle(int device);
/// Throws unless `status` is success; `what` says what was tried.
void checkCublas(cublasStatus_t status, const char* what);

}  // namespace tenon::cuda
