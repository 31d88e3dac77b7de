#include "cublasLt.h"

#include <cstring>

#include "cuda_runtime.h"
#include "numbers.h"

namespace {

using namespace tenon::cuda::emulator;

/// What the pretended algorithms ask for.
constexpr size_t kScratch = 1024;

Real realOf(cudaDataType_t type) {
  switch (type) {
    case CUDA_R_16F:
      return Real::kHalf;
    case CUDA_R_16BF:
      return Real::kBrainHalf;
    case CUDA_R_64F:
      return Real::kDouble;
    default:
      return Real::kSingle;
  }
}

template <class T>
cublasStatus_t assign(T& to, const void* value, size_t size) {
  if (size != sizeof(T)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&to, value, size);
  return CUBLAS_STATUS_SUCCESS;
}

/// A matrix as the product takes it: columns in a row, transposed or not.
struct Matrix {
  Real type;
  const void* data;
  int64_t row_step, column_step, batch_step;

  Matrix(const cublasLtMatrixLayoutOpaque_t& layout, const void* at, bool transposed)
      : type(realOf(layout.type)),
        data(at),
        row_step(transposed ? layout.ld : 1),
        column_step(transposed ? 1 : layout.ld),
        batch_step(layout.step) {}
  int64_t offset(int64_t batch, int64_t row, int64_t column) const {
    return batch * batch_step + row * row_step + column * column_step;
  }
  double at(int64_t batch, int64_t row, int64_t column) const {
    return load(type, data, offset(batch, row, column));
  }
};

struct Extents {
  int64_t batch, m, n, k;
};

/// False if the matrices do not multiply.
bool fit(const cublasLtMatmulDescOpaque_t& desc, const cublasLtMatrixLayoutOpaque_t& a,
         const cublasLtMatrixLayoutOpaque_t& b, const cublasLtMatrixLayoutOpaque_t& c,
         Extents& extents) {
  const bool ta = desc.transpose_a == CUBLAS_OP_T;
  const bool tb = desc.transpose_b == CUBLAS_OP_T;
  const uint64_t m = ta ? a.columns : a.rows, k = ta ? a.rows : a.columns;
  const uint64_t n = tb ? b.rows : b.columns;
  extents = {c.batch, static_cast<int64_t>(m), static_cast<int64_t>(n), static_cast<int64_t>(k)};
  const bool wide = desc.compute == CUBLAS_COMPUTE_64F;
  for (const auto* layout : {&a, &b, &c}) {
    if (layout->type != c.type || layout->batch != c.batch || layout->batch > 65535 ||
        layout->rows == 0 || layout->columns == 0 ||
        static_cast<uint64_t>(layout->ld) < layout->rows || (layout->type == CUDA_R_64F) != wide) {
      return false;
    }
  }
  return k == (tb ? b.columns : b.rows) && m == c.rows && n == c.columns &&
         (desc.scale == CUDA_R_64F) == wide && !(wide && desc.epilogue == CUBLASLT_EPILOGUE_BIAS);
}

double factor(const cublasLtMatmulDescOpaque_t& desc, const void* value) {
  return desc.scale == CUDA_R_64F ? *static_cast<const double*>(value)
                                  : *static_cast<const float*>(value);
}

bool aligned(const void* data, uint32_t by) { return reinterpret_cast<size_t>(data) % by == 0; }

}  // namespace

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  *handle = reinterpret_cast<cublasLtHandle_t>(size_t{1});
  return CUBLAS_STATUS_SUCCESS;
}
size_t cublasLtGetVersion() { return 0; }
const char* cublasLtGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_INVALID_VALUE ? "CUBLAS_STATUS_INVALID_VALUE"
                                               : "CUBLAS_STATUS_NOT_SUPPORTED";
}

cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t desc, size_t size,
                                               cublasComputeType_t compute, cudaDataType_t scale) {
  if (size != sizeof *desc) return CUBLAS_STATUS_INVALID_VALUE;
  *desc = {compute, scale, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* value, size_t size) {
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return assign(desc->transpose_a, value, size);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return assign(desc->transpose_b, value, size);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return assign(desc->epilogue, value, size);
    default:
      return assign(desc->bias, value, size);
  }
}

cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t layout, size_t size,
                                                 cudaDataType_t type, uint64_t rows,
                                                 uint64_t columns, int64_t ld) {
  if (size != sizeof *layout) return CUBLAS_STATUS_INVALID_VALUE;
  *layout = {type, rows, columns, ld, 0, 1};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                const void* value, size_t size) {
  return attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT ? assign(layout->batch, value, size)
                                                         : assign(layout->step, value, size);
}

cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t preference,
                                                     size_t size) {
  if (size != sizeof *preference) return CUBLAS_STATUS_INVALID_VALUE;
  *preference = {0, {256, 256, 256, 256}};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* value, size_t size) {
  if (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES)
    return assign(preference->workspace, value, size);
  return assign(preference->alignments[attribute - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES],
                value, size);
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t desc,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int,
                                              cublasLtMatmulHeuristicResult_t* results,
                                              int* count) {
  Extents extents{};
  if (!fit(*desc, *a, *b, *c, extents) || !fit(*desc, *a, *b, *d, extents))
    return CUBLAS_STATUS_INVALID_VALUE;
  // As the real one may, it has no algorithm for some products with a bias.
  if (desc->epilogue == CUBLASLT_EPILOGUE_BIAS && d->rows == 1) return CUBLAS_STATUS_NOT_SUPPORTED;
  cublasLtMatmulHeuristicResult_t& result = results[0];
  std::memcpy(result.algo.alignments, preference->alignments, sizeof preference->alignments);
  result.algo.workspace = result.workspaceSize = std::min<size_t>(kScratch, preference->workspace);
  result.state = CUBLAS_STATUS_SUCCESS;
  *count = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                              cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                              cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algo,
                              void* workspace, size_t workspace_bytes, cudaStream_t stream) {
  Extents extents{};
  const bool has_bias = desc->epilogue == CUBLASLT_EPILOGUE_BIAS;
  if (!fit(*desc, *a_layout, *b_layout, *d_layout, extents) || c != d ||
      workspace_bytes < algo->workspace || workspace == nullptr || !aligned(workspace, 256) ||
      has_bias != (desc->bias != nullptr))
    return CUBLAS_STATUS_INVALID_VALUE;
  const uint32_t* alignments = algo->alignments;
  if (!aligned(a, alignments[0]) || !aligned(b, alignments[1]) || !aligned(c, alignments[2]) ||
      !aligned(d, alignments[3])) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const Matrix left(*a_layout, a, desc->transpose_a == CUBLAS_OP_T);
  const Matrix right(*b_layout, b, desc->transpose_b == CUBLAS_OP_T);
  const Matrix result(*c_layout, c, false);
  const double scale = factor(*desc, alpha);
  const double kept = factor(*desc, beta);
  const cudaError_t issued = launch(stream, dim3(), dim3(), 0, false, [=, bias = desc->bias] {
    // Scratch memory is ours to write.
    std::memset(workspace, 0x7f, kScratch);
    for (int64_t i = 0; i < extents.batch; ++i) {
      for (int64_t column = 0; column < extents.n; ++column) {
        for (int64_t row = 0; row < extents.m; ++row) {
          double sum = 0;
          for (int64_t k = 0; k < extents.k; ++k)
            sum += left.at(i, row, k) * right.at(i, k, column);
          sum *= scale;
          if (kept != 0) sum += kept * result.at(i, row, column);
          if (bias != nullptr) sum += load(result.type, bias, row);
          store(result.type, d, result.offset(i, row, column), sum);
        }
      }
    }
  });
  return issued == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}
