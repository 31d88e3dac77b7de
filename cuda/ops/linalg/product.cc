#include "ops/linalg/product.h"

#include <algorithm>
#include <utility>

#include "libs/libraries.h"
#include "ops/loops/channels.h"

namespace tenon::cuda {
namespace {

/// The most scratch memory that an algorithm may take: what NVIDIA advises for Hopper.
constexpr size_t kWorkspaceLimit = size_t{32} << 20;
/// Arrays start at such addresses; parts of arrays at those of their elements.
constexpr uint32_t kAlignment = 16;
/// Products of a batch that one call takes: kernels of cuBLASLt count them by an axis of the grid
/// that ends at 65535. A power of two, so that later calls' operands are aligned as the first's.
constexpr int64_t kMostBatches = 32768;

cudaDataType_t typeOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return CUDA_R_64F;
    case DType::kFloat16:
      return CUDA_R_16F;
    case DType::kBFloat16:
      return CUDA_R_16BF;
    default:
      return CUDA_R_32F;
  }
}

cublasComputeType_t computeTypeOf(DType dtype) {
  if (dtype == DType::kFloat64) return CUBLAS_COMPUTE_64F;
  return dtype == DType::kFloat32 && allowsTf32() ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                  : CUBLAS_COMPUTE_32F;
}

template <class T>
void set(cublasLtMatmulDescOpaque_t& desc, cublasLtMatmulDescAttributes_t attribute, T value) {
  checkCublas(cublasLt().matmulDescSetAttribute(&desc, attribute, &value, sizeof value),
              "describing a matrix product");
}

template <class T>
void set(cublasLtMatmulPreferenceOpaque_t& preference,
         cublasLtMatmulPreferenceAttributes_t attribute, T value) {
  checkCublas(cublasLt().matmulPreferenceSetAttribute(&preference, attribute, &value, sizeof value),
              "choosing a matrix product");
}

void setBatches(cublasLtMatrixLayoutOpaque_t& layout, int64_t batch) {
  const auto count = static_cast<int32_t>(batch);
  checkCublas(cublasLt().matrixLayoutSetAttribute(&layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT,
                                                  &count, sizeof count),
              "describing a matrix");
}

/// `rows` by `columns` as it lies in memory, row-major: to cuBLASLt its transpose.
cublasLtMatrixLayoutOpaque_t layoutOf(DType dtype, int64_t batch, int64_t rows, int64_t columns) {
  const CublasLt& lt = cublasLt();
  cublasLtMatrixLayoutOpaque_t layout;
  constexpr const char* kWhat = "describing a matrix";
  checkCublas(
      lt.matrixLayoutInit(&layout, sizeof layout, typeOf(dtype), static_cast<uint64_t>(columns),
                          static_cast<uint64_t>(rows), columns),
      kWhat);
  setBatches(layout, std::min(batch, kMostBatches));
  const int64_t step = rows * columns;
  checkCublas(lt.matrixLayoutSetAttribute(&layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                          &step, sizeof step),
              kWhat);
  return layout;
}

}  // namespace

Product::Product(int device, DType dtype, const ProductShape& shape, bool bias)
    : dtype_(dtype), shape_(shape) {
  if (shape.empty()) return;
  // Products of float64 take no epilogue: their bias goes before them.
  fuses_bias_ = bias && dtype != DType::kFloat64;
  const ProductShape& s = shape_;
  a_ = layoutOf(dtype, s.batch, s.transpose_a ? s.k : s.m, s.transpose_a ? s.m : s.k);
  b_ = layoutOf(dtype, s.batch, s.transpose_b ? s.n : s.k, s.transpose_b ? s.k : s.n);
  c_ = layoutOf(dtype, s.batch, s.m, s.n);
  checkCublas(cublasLt().matmulDescInit(&desc_, sizeof desc_, computeTypeOf(dtype),
                                        dtype == DType::kFloat64 ? CUDA_R_64F : CUDA_R_32F),
              "describing a matrix product");
  const auto op = [](bool transpose) -> int32_t { return transpose ? CUBLAS_OP_T : CUBLAS_OP_N; };
  set(desc_, CUBLASLT_MATMUL_DESC_TRANSA, op(s.transpose_b));
  set(desc_, CUBLASLT_MATMUL_DESC_TRANSB, op(s.transpose_a));
  const auto element = static_cast<uint32_t>(sizeOf(dtype));
  // The matrices of a batch may start at worse addresses than the first of them.
  const auto steps = static_cast<uint64_t>(s.m * s.k | s.k * s.n | s.m * s.n) * element;
  const bool keeps = s.batch == 1 || steps % kAlignment == 0;
  const auto chooseBoth = [&] {
    const auto epilogue = fuses_bias_ ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
    set(desc_, CUBLASLT_MATMUL_DESC_EPILOGUE, static_cast<uint32_t>(epilogue));
    aligned_ = choose(device, keeps ? kAlignment : element);
    unaligned_ = choose(device, element);
    return aligned_.found && unaligned_.found;
  };
  // Not every product takes a bias.
  if (!chooseBoth() && std::exchange(fuses_bias_, false)) chooseBoth();
  TENON_CHECK(aligned_.found, kUnsupported, "cuBLAS has no product of ", s.m, " by ", s.k, " and ",
              s.k, " by ", s.n, " matrices of ", nameOf(dtype));
  workspace_bytes_ = std::max(aligned_.workspace_bytes, unaligned_.workspace_bytes);
}

Product::Choice Product::choose(int device, uint32_t alignment) const {
  const CublasLt& lt = cublasLt();
  cublasLtMatmulPreferenceOpaque_t preference;
  checkCublas(lt.matmulPreferenceInit(&preference, sizeof preference), "choosing a matrix product");
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t{kWorkspaceLimit});
  for (const auto operand :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference, operand, alignment);
  }
  // The layouts and the description are read only, but taken as pointers to what may be written.
  cublasLtMatmulDescOpaque_t desc = desc_;
  cublasLtMatrixLayoutOpaque_t a = a_;
  cublasLtMatrixLayoutOpaque_t b = b_;
  cublasLtMatrixLayoutOpaque_t c = c_;
  // Not followed here: its value says how the bias will be aligned.
  if (fuses_bias_)
    set(desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, reinterpret_cast<const void*>(size_t{alignment}));
  cublasLtMatmulHeuristicResult_t result{};
  int count = 0;
  const cublasStatus_t status = lt.matmulAlgoGetHeuristic(cublasLtHandle(device), &desc, &b, &a, &c,
                                                          &c, &preference, 1, &result, &count);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
  checkCublas(status, "choosing a matrix product");
  return {.algo = result.algo,
          .workspace_bytes = result.workspaceSize,
          .found = count > 0 && result.state == CUBLAS_STATUS_SUCCESS};
}

void Product::run(const Context& context, const void* a, const void* b, void* c, const void* bias,
                  Request request, void* workspace, double alpha) const {
  const ProductShape& s = shape_;
  if (request == Request::kNull || s.batch * s.m * s.n == 0) return;
  bool adds = request == Request::kAdd;
  // A sum over nothing leaves the bias alone.
  if (s.k == 0 || (bias != nullptr && !fuses_bias_)) {
    spreadBias(context, {.outer = s.batch * s.m, .channels = s.n}, dtype_, bias, c, adds);
    adds = true;
  }
  if (s.k == 0) return;
  const auto lies = [](const void* data) {
    return reinterpret_cast<size_t>(data) % kAlignment == 0;
  };
  const bool aligned = lies(a) && lies(b) && lies(c) && lies(bias);
  const Choice& choice = aligned ? aligned_ : unaligned_;
  TENON_CHECK(choice.found, kUnsupported, context.op(), ": cuBLAS has no product of ",
              nameOf(dtype_), " matrices that start at odd addresses");
  cublasLtMatmulDescOpaque_t desc = desc_;
  cublasLtMatrixLayoutOpaque_t a_layout = a_;
  cublasLtMatrixLayoutOpaque_t b_layout = b_;
  cublasLtMatrixLayoutOpaque_t c_layout = c_;
  if (fuses_bias_) set(desc, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  const double factors[] = {alpha, adds ? 1.0 : 0.0};
  const float narrow[] = {static_cast<float>(alpha), adds ? 1.0F : 0.0F};
  const bool wide = dtype_ == DType::kFloat64;
  const auto factor = [&](int i) -> const void* {
    return wide ? static_cast<const void*>(factors + i) : narrow + i;
  };
  const auto from = [&](const void* operand, int64_t elements) {
    return static_cast<const std::byte*>(operand) + static_cast<size_t>(elements) * sizeOf(dtype_);
  };
  for (int64_t first = 0; first < s.batch; first += kMostBatches) {
    if (s.batch - first < std::min(s.batch, kMostBatches)) {
      for (cublasLtMatrixLayoutOpaque_t* layout : {&a_layout, &b_layout, &c_layout})
        setBatches(*layout, s.batch - first);
    }
    void* const to =
        static_cast<std::byte*>(c) + static_cast<size_t>(first * s.m * s.n) * sizeOf(dtype_);
    checkCublas(cublasLt().matmul(cublasLtHandle(context.device()), &desc, factor(0),
                                  from(b, first * s.k * s.n), &b_layout, from(a, first * s.m * s.k),
                                  &a_layout, factor(1), to, &c_layout, to, &c_layout, &choice.algo,
                                  workspace, choice.workspace_bytes, context.stream()),
                context.op());
  }
}

}  // namespace tenon::cuda
