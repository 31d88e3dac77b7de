#include "cudnn.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "cuda_runtime.h"
#include "numbers.h"

using namespace tenon::cuda::emulator;

/// A handle's stream.
struct EmulatedCudnn {
  cudaStream_t stream = nullptr;
};
struct EmulatedTensor {
  cudnnDataType_t type{};
  std::vector<int> dims, strides;
};
struct EmulatedFilter {
  cudnnDataType_t type{};
  std::vector<int> dims;
};
struct EmulatedConvolution {
  std::vector<int> pad, stride, dilate;
  cudnnDataType_t compute{};
  int groups = 1;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};

namespace {

/// What algorithm number i of the four asks for; the first does not run.
constexpr size_t kScratch[] = {0, 2048, 1024, 512};

Real realOf(cudnnDataType_t type) {
  switch (type) {
    case CUDNN_DATA_HALF:
      return Real::kHalf;
    case CUDNN_DATA_BFLOAT16:
      return Real::kBrainHalf;
    case CUDNN_DATA_DOUBLE:
      return Real::kDouble;
    default:
      return Real::kSingle;
  }
}

/// A convolution with three spatial axes; those that are missing come first, with one element.
struct Task {
  Real type;
  int64_t batch, groups, in_channels, out_channels;  // channels of a group
  int64_t in[3], out[3], kernel[3], pad[3], stride[3], dilate[3];
  int64_t src_strides[5], dst_strides[5];

  int64_t weightOffset(int64_t group, int64_t f, int64_t c) const {
    return ((group * out_channels + f) * in_channels + c) * kernel[0] * kernel[1] * kernel[2];
  }
};

void widen(const std::vector<int>& from, size_t skip, int64_t missing, int64_t* to) {
  const size_t count = from.size() - skip;
  for (size_t i = 0; i < 3; ++i) to[i] = i < 3 - count ? missing : from[skip + i - (3 - count)];
}

/// False where the three do not fit together.
bool plan(const EmulatedTensor& src, const EmulatedFilter& weight,
          const EmulatedConvolution& convolution, const EmulatedTensor& dst, Task& t) {
  const size_t rank = src.dims.size();
  if (rank < 4 || rank > 5 || weight.dims.size() != rank || dst.dims.size() != rank ||
      convolution.pad.size() != rank - 2 || src.type != dst.type || src.type != weight.type ||
      (src.type == CUDNN_DATA_DOUBLE) != (convolution.compute == CUDNN_DATA_DOUBLE)) {
    return false;
  }
  t.type = realOf(src.type);
  t.batch = src.dims[0];
  t.groups = convolution.groups;
  t.in_channels = weight.dims[1];
  t.out_channels = weight.dims[0] / convolution.groups;
  widen(src.dims, 2, 1, t.in);
  widen(dst.dims, 2, 1, t.out);
  widen(weight.dims, 2, 1, t.kernel);
  widen(convolution.pad, 0, 0, t.pad);
  widen(convolution.stride, 0, 1, t.stride);
  widen(convolution.dilate, 0, 1, t.dilate);
  const auto strides = [rank](const EmulatedTensor& tensor, int64_t* to) {
    to[0] = tensor.strides[0];
    to[1] = tensor.strides[1];
    for (size_t i = 0; i < 3; ++i)
      to[2 + i] = i < 5 - rank ? 0 : tensor.strides[2 + i - (5 - rank)];
  };
  strides(src, t.src_strides);
  strides(dst, t.dst_strides);
  for (int i = 0; i < 3; ++i) {
    const int64_t reach = t.dilate[i] * (t.kernel[i] - 1) + 1;
    if ((t.in[i] + 2 * t.pad[i] - reach) / t.stride[i] + 1 != t.out[i]) return false;
  }
  return dst.dims[0] == t.batch && src.dims[1] == t.in_channels * t.groups &&
         dst.dims[1] == weight.dims[0] && weight.dims[0] % t.groups == 0;
}

/// Calls f(tap) for every position of a window whose tap lies within the image:
/// f(offset in src, offset in the weight's window, offset in dst), each without its channel.
template <class F>
void forEachTap(const Task& t, F&& f) {
  int64_t o[3], k[3], at[3];
  for (int64_t n = 0; n < t.batch; ++n)
    for (o[0] = 0; o[0] < t.out[0]; ++o[0])
      for (o[1] = 0; o[1] < t.out[1]; ++o[1])
        for (o[2] = 0; o[2] < t.out[2]; ++o[2])
          for (k[0] = 0; k[0] < t.kernel[0]; ++k[0])
            for (k[1] = 0; k[1] < t.kernel[1]; ++k[1])
              for (k[2] = 0; k[2] < t.kernel[2]; ++k[2]) {
                int64_t src = n * t.src_strides[0];
                int64_t dst = n * t.dst_strides[0];
                bool inside = true;
                for (int i = 0; i < 3; ++i) {
                  at[i] = o[i] * t.stride[i] + k[i] * t.dilate[i] - t.pad[i];
                  inside = inside && at[i] >= 0 && at[i] < t.in[i];
                  src += at[i] * t.src_strides[2 + i];
                  dst += o[i] * t.dst_strides[2 + i];
                }
                if (inside) f(src, (k[0] * t.kernel[1] + k[1]) * t.kernel[2] + k[2], dst);
              }
}

/// Calls f(src element, weight element, dst element) for every product of the convolution.
template <class F>
void forEachProduct(const Task& t, F&& f) {
  forEachTap(t, [&](int64_t src, int64_t weight, int64_t dst) {
    for (int64_t g = 0; g < t.groups; ++g)
      for (int64_t to = 0; to < t.out_channels; ++to)
        for (int64_t c = 0; c < t.in_channels; ++c) {
          f(src + (g * t.in_channels + c) * t.src_strides[1], t.weightOffset(g, to, c) + weight,
            dst + (g * t.out_channels + to) * t.dst_strides[1]);
        }
  });
}

/// Four algorithms: one that is not for this convolution, one that is not deterministic, and two
/// that are.
template <class Perf>
cudnnStatus_t list(const EmulatedTensor& src, const EmulatedFilter& weight,
                   const EmulatedConvolution& convolution, const EmulatedTensor& dst, int wanted,
                   int* count, Perf* results) {
  Task task{};
  if (!plan(src, weight, convolution, dst, task)) return CUDNN_STATUS_BAD_PARAM;
  *count = std::min(wanted, 4);
  for (int i = 0; i < *count; ++i) {
    results[i] = {.algo = static_cast<decltype(Perf::algo)>(i),
                  .status = i == 0 ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS,
                  .memory = kScratch[i] / 2,  // with other mathematics
                  .determinism = i >= 2 ? CUDNN_DETERMINISTIC : CUDNN_NON_DETERMINISTIC,
                  .mathType = convolution.math};
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t scratchOf(int algorithm, size_t* bytes) {
  if (algorithm < 1 || algorithm > 3) return CUDNN_STATUS_NOT_SUPPORTED;
  *bytes = kScratch[algorithm];
  return CUDNN_STATUS_SUCCESS;
}

enum class Written { kSrc, kWeight, kDst };

cudnnStatus_t issue(Written written, cudnnHandle_t handle, const void* alpha,
                    const EmulatedTensor& src_tensor, const void* src, const EmulatedFilter& filter,
                    const void* weight, const EmulatedConvolution& convolution, int algorithm,
                    void* workspace, size_t workspace_bytes, const void* beta,
                    const EmulatedTensor& dst_tensor, const void* dst) {
  Task t{};
  if (!plan(src_tensor, filter, convolution, dst_tensor, t) || algorithm < 1 || algorithm > 3 ||
      workspace == nullptr || reinterpret_cast<size_t>(workspace) % 256 != 0 ||
      workspace_bytes < kScratch[algorithm]) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  // As real ones do for some convolutions, though they are listed.
  const bool dilated = *std::max_element(t.dilate, t.dilate + 3) > 1;
  if ((dilated && algorithm < 3) || (t.groups > 1 && algorithm < 2))
    return CUDNN_STATUS_NOT_SUPPORTED;
  const auto factor = [&](const void* value) {
    return t.type == Real::kDouble ? *static_cast<const double*>(value)
                                   : *static_cast<const float*>(value);
  };
  // As an algorithm may take for granted that was chosen without the addresses.
  for (const void* operand : {src, weight, dst})
    if (reinterpret_cast<uintptr_t>(operand) % 16 != 0) return CUDNN_STATUS_BAD_PARAM;
  const int64_t sizes[] = {t.batch * src_tensor.strides[0], t.weightOffset(t.groups, 0, 0),
                           t.batch * dst_tensor.strides[0]};
  const cudaError_t issued = launch(
      handle->stream, dim3(), dim3(), 0, false,
      [=, scale = factor(alpha), kept = factor(beta), size = sizes[static_cast<size_t>(written)]] {
        std::memset(workspace, 0x7f, workspace_bytes);
        std::vector<double> sums(static_cast<size_t>(size));
        forEachProduct(t, [&](int64_t x, int64_t w, int64_t y) {
          const int64_t at[] = {x, w, y};
          const double left =
              load(t.type, written == Written::kSrc ? dst : src, written == Written::kSrc ? y : x);
          const double right = load(t.type, written == Written::kWeight ? dst : weight,
                                    written == Written::kWeight ? y : w);
          sums[static_cast<size_t>(at[static_cast<size_t>(written)])] += left * right;
        });
        void* const to = const_cast<void*>(written == Written::kSrc      ? src
                                           : written == Written::kWeight ? weight
                                                                         : dst);
        for (int64_t i = 0; i < size; ++i) {
          const double before = kept == 0 ? 0 : kept * load(t.type, to, i);
          store(t.type, to, i, scale * sums[static_cast<size_t>(i)] + before);
        }
      });
  return issued == cudaSuccess ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
}

template <class D>
cudnnStatus_t make(D** descriptor) {
  *descriptor = new D;
  return CUDNN_STATUS_SUCCESS;
}
template <class D>
cudnnStatus_t destroy(D* descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}
std::vector<int> copied(const int* from, int count) { return {from, from + count}; }

}  // namespace

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) { return make(handle); }
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}
size_t cudnnGetVersion() { return 0; }
const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == CUDNN_STATUS_BAD_PARAM ? "CUDNN_STATUS_BAD_PARAM" : "CUDNN_STATUS_NOT_SUPPORTED";
}
void cudnnGetLastErrorString(char* message, size_t size) {
  if (size > 0) message[0] = 0;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* tensor) { return make(tensor); }
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t type,
                                         int rank, const int* dims, const int* strides) {
  *tensor = {type, copied(dims, rank), copied(strides, rank)};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
  return destroy(tensor);
}
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* filter) { return make(filter); }
cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t filter, cudnnDataType_t type,
                                         cudnnTensorFormat_t, int rank, const int* dims) {
  *filter = {type, copied(dims, rank)};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter) {
  return destroy(filter);
}
cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* convolution) {
  return make(convolution);
}
cudnnStatus_t cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t convolution, int spatial,
                                              const int* pad, const int* stride, const int* dilate,
                                              cudnnConvolutionMode_t, cudnnDataType_t compute) {
  convolution->pad = copied(pad, spatial);
  convolution->stride = copied(stride, spatial);
  convolution->dilate = copied(dilate, spatial);
  convolution->compute = compute;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t convolution, int groups) {
  convolution->groups = groups;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t convolution,
                                          cudnnMathType_t math) {
  convolution->math = math;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t convolution) {
  return destroy(convolution);
}

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(cudnnHandle_t, cudnnTensorDescriptor_t src,
                                                     cudnnFilterDescriptor_t weight,
                                                     cudnnConvolutionDescriptor_t convolution,
                                                     cudnnTensorDescriptor_t dst, int wanted,
                                                     int* count,
                                                     cudnnConvolutionFwdAlgoPerf_t* results) {
  return list(*src, *weight, *convolution, *dst, wanted, count, results);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t, cudnnFilterDescriptor_t weight, cudnnTensorDescriptor_t dst,
    cudnnConvolutionDescriptor_t convolution, cudnnTensorDescriptor_t src, int wanted, int* count,
    cudnnConvolutionBwdDataAlgoPerf_t* results) {
  return list(*src, *weight, *convolution, *dst, wanted, count, results);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t, cudnnTensorDescriptor_t src, cudnnTensorDescriptor_t dst,
    cudnnConvolutionDescriptor_t convolution, cudnnFilterDescriptor_t weight, int wanted,
    int* count, cudnnConvolutionBwdFilterAlgoPerf_t* results) {
  return list(*src, *weight, *convolution, *dst, wanted, count, results);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnConvolutionDescriptor_t,
    cudnnTensorDescriptor_t, cudnnConvolutionFwdAlgo_t algorithm, size_t* bytes) {
  return scratchOf(algorithm, bytes);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
    cudnnTensorDescriptor_t, cudnnConvolutionBwdDataAlgo_t algorithm, size_t* bytes) {
  return scratchOf(algorithm, bytes);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, cudnnConvolutionDescriptor_t,
    cudnnFilterDescriptor_t, cudnnConvolutionBwdFilterAlgo_t algorithm, size_t* bytes) {
  return scratchOf(algorithm, bytes);
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha,
                                      cudnnTensorDescriptor_t src_tensor, const void* src,
                                      cudnnFilterDescriptor_t filter, const void* weight,
                                      cudnnConvolutionDescriptor_t convolution,
                                      cudnnConvolutionFwdAlgo_t algorithm, void* workspace,
                                      size_t workspace_bytes, const void* beta,
                                      cudnnTensorDescriptor_t dst_tensor, void* dst) {
  return issue(Written::kDst, handle, alpha, *src_tensor, src, *filter, weight, *convolution,
               algorithm, workspace, workspace_bytes, beta, *dst_tensor, dst);
}
cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha,
                                           cudnnFilterDescriptor_t filter, const void* weight,
                                           cudnnTensorDescriptor_t dst_tensor, const void* dst,
                                           cudnnConvolutionDescriptor_t convolution,
                                           cudnnConvolutionBwdDataAlgo_t algorithm, void* workspace,
                                           size_t workspace_bytes, const void* beta,
                                           cudnnTensorDescriptor_t src_tensor, void* src) {
  return issue(Written::kSrc, handle, alpha, *src_tensor, src, *filter, weight, *convolution,
               algorithm, workspace, workspace_bytes, beta, *dst_tensor, dst);
}
cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t src_tensor, const void* src,
    cudnnTensorDescriptor_t dst_tensor, const void* dst, cudnnConvolutionDescriptor_t convolution,
    cudnnConvolutionBwdFilterAlgo_t algorithm, void* workspace, size_t workspace_bytes,
    const void* beta, cudnnFilterDescriptor_t filter, void* weight) {
  return issue(Written::kWeight, handle, alpha, *src_tensor, src, *filter, weight, *convolution,
               algorithm, workspace, workspace_bytes, beta, *dst_tensor, dst);
}
