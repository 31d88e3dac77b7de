#include "ops/nn/conv_plan.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "libs/libraries.h"
#include "ops/loops/swap.h"
#include "runtime/error.h"

namespace tenon::cuda {
namespace {

/// The most scratch memory that an algorithm may take.
constexpr size_t kWorkspaceLimit = size_t{512} << 20;
/// And one that is seldom needed.
constexpr size_t kOtherLimit = size_t{32} << 20;
/// What cuDNN's algorithms, chosen without a look at addresses, may take these to be multiples of.
constexpr uintptr_t kAlignment = 16;
/// More than cuDNN has algorithms.
constexpr int kMostAlgorithms = 16;
constexpr const char* kDescribing = "describing a convolution";

size_t aligned(size_t bytes) { return (bytes + 255) / 256 * 256; }

cudnnDataType_t typeOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return CUDNN_DATA_DOUBLE;
    case DType::kFloat16:
      return CUDNN_DATA_HALF;
    case DType::kBFloat16:
      return CUDNN_DATA_BFLOAT16;
    default:
      return CUDNN_DATA_FLOAT;
  }
}

int narrow(int64_t value) {
  TENON_CHECK(value <= INT_MAX, kUnsupported, "cuDNN takes at most ", INT_MAX, " elements, not ",
              value);
  return static_cast<int>(value);
}

/// Extents per spatial axis as cuDNN takes them: at least two, the first of one element if there is
/// only one.
struct Extents {
  int count;
  int values[3];
  Extents(const ConvGeometry& g, const std::array<int64_t, 3>& from, int missing)
      : count(std::max(g.spatial, 2)) {
    const int skipped = count - g.spatial;
    for (int i = 0; i < count; ++i)
      values[i] = i < skipped ? missing : narrow(from[static_cast<size_t>(i - skipped)]);
  }
};

void setTensor(const TensorDescriptor& tensor, DType dtype, int64_t batch, int64_t channels,
               const Extents& extents) {
  int dims[5] = {narrow(batch), narrow(channels)};
  std::copy_n(extents.values, extents.count, dims + 2);
  int strides[5];
  int64_t stride = 1;
  for (int i = extents.count + 1; i >= 0; --i) {
    strides[i] = narrow(stride);
    stride *= dims[i];
  }
  narrow(stride);
  checkCudnn(
      cudnn().setTensorNdDescriptor(tensor.get(), typeOf(dtype), extents.count + 2, dims, strides),
      kDescribing);
}

}  // namespace

ConvPlan::ConvPlan(int device, Kind kind, DType dtype, const ConvGeometry& geometry)
    : kind_(kind), dtype_(dtype), geometry_(geometry) {
  if (geometry.empty()) return;
  describe();
  choose(device);
  scratch_bytes_ = aligned(
      std::max({fastest_.workspace_bytes, deterministic_.workspace_bytes, other_.workspace_bytes}));
}

/// Whether an operand goes by way of scratch memory: turned to channels first, or as it lies at an
/// address which cuDNN's algorithms may not read at once.
bool ConvPlan::isMoved(const void* data) const {
  return geometry_.channels_last || reinterpret_cast<uintptr_t>(data) % kAlignment != 0;
}

size_t ConvPlan::workspaceBytes(const void* src, const void* weight, const void* dst) const {
  size_t bytes = scratch_bytes_;
  if (geometry_.empty()) return bytes;
  const std::array operands = {src, weight, dst};
  for (const Operand operand : {kSrc, kWeight, kDst})
    if (isMoved(operands[operand])) bytes += aligned(matrixOf(operand).bytes);
  return bytes;
}

ConvPlan::Operand ConvPlan::written() const {
  if (kind_ == Kind::kForward) return kDst;
  return kind_ == Kind::kDataGradient ? kSrc : kWeight;
}

void ConvPlan::describe() {
  const ConvGeometry& g = geometry_;
  setTensor(src_, dtype_, g.batch, g.in_channels, Extents(g, g.in, 1));
  setTensor(dst_, dtype_, g.batch, g.out_channels, Extents(g, g.out, 1));
  const Extents kernel(g, g.kernel, 1);
  int dims[5] = {narrow(g.out_channels), narrow(g.in_channels / g.groups)};
  std::copy_n(kernel.values, kernel.count, dims + 2);
  checkCudnn(cudnn().setFilterNdDescriptor(weight_.get(), typeOf(dtype_), CUDNN_TENSOR_NCHW,
                                           kernel.count + 2, dims),
             kDescribing);
  describe(fastest_);
  describe(deterministic_);
  describe(other_);
}

void ConvPlan::describe(Choice& choice) const {
  const Cudnn& dnn = cudnn();
  const ConvGeometry& g = geometry_;
  const Extents pad(g, g.pad, 0);
  const Extents stride(g, g.stride, 1);
  const Extents dilate(g, g.dilate, 1);
  const cudnnConvolutionDescriptor_t to = choice.convolution.get();
  checkCudnn(dnn.setConvolutionNdDescriptor(
                 to, pad.count, pad.values, stride.values, dilate.values, CUDNN_CROSS_CORRELATION,
                 dtype_ == DType::kFloat64 ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT),
             kDescribing);
  checkCudnn(dnn.setConvolutionGroupCount(to, narrow(g.groups)), kDescribing);
  // The default would let float32 be TF32.
  const cudnnMathType_t math = dtype_ == DType::kFloat32 && !allowsTf32() ? CUDNN_FMA_MATH
                               : dtype_ == DType::kFloat64                ? CUDNN_DEFAULT_MATH
                                                                          : CUDNN_TENSOR_OP_MATH;
  checkCudnn(dnn.setConvolutionMathType(to, math), kDescribing);
}

template <class Perf>
bool ConvPlan::fits(const Perf& perf, bool deterministic) {
  return perf.status == CUDNN_STATUS_SUCCESS && perf.memory <= kWorkspaceLimit &&
         (!deterministic || perf.determinism == CUDNN_DETERMINISTIC);
}

/// `get` asks for algorithms, the fastest first; `size` for the scratch memory of one, which the
/// list gives for the mathematics that it names only.
template <class Perf, class Get, class Size>
void ConvPlan::choose(Get&& get, Size&& size) {
  std::array<Perf, kMostAlgorithms> results{};
  int count = 0;
  checkCudnn(get(kMostAlgorithms, &count, results.data()), "choosing a convolution");
  for (Choice* choice : {&fastest_, &deterministic_, &other_}) {
    const bool last = choice == &other_;
    const cudnnConvolutionDescriptor_t convolution = choice->convolution.get();
    for (int i = 0; i < count && !choice->found; ++i) {
      const Perf& perf = results[static_cast<size_t>(i)];
      if (!fits(perf, choice != &fastest_)) continue;
      const auto algorithm = static_cast<int>(perf.algo);
      if (last && (algorithm == fastest_.algorithm || algorithm == deterministic_.algorithm))
        continue;
      // An algorithm is chosen together with its mathematics.
      if (dtype_ != DType::kFloat32 || allowsTf32())
        checkCudnn(cudnn().setConvolutionMathType(convolution, perf.mathType), kDescribing);
      size_t bytes = 0;
      if (size(convolution, perf.algo, &bytes) != CUDNN_STATUS_SUCCESS ||
          bytes > (last ? kOtherLimit : kWorkspaceLimit)) {
        continue;
      }
      choice->algorithm = algorithm;
      choice->workspace_bytes = bytes;
      choice->found = true;
    }
  }
  TENON_CHECK(fastest_.found, kUnsupported, "cuDNN has no algorithm for this convolution of ",
              nameOf(dtype_), " within ", kWorkspaceLimit >> 20, " MiB of scratch memory");
}

void ConvPlan::choose(int device) {
  const Cudnn& dnn = cudnn();
  const cudnnHandle_t handle = cudnnHandle(device);
  const cudnnConvolutionDescriptor_t convolution = fastest_.convolution.get();
  switch (kind_) {
    case Kind::kForward:
      return choose<cudnnConvolutionFwdAlgoPerf_t>(
          [&](int most, int* count, auto* results) {
            return dnn.getConvolutionForwardAlgorithm(
                handle, src_.get(), weight_.get(), convolution, dst_.get(), most, count, results);
          },
          [&](auto with, auto algorithm, size_t* bytes) {
            return dnn.getConvolutionForwardWorkspaceSize(handle, src_.get(), weight_.get(), with,
                                                          dst_.get(), algorithm, bytes);
          });
    case Kind::kDataGradient:
      return choose<cudnnConvolutionBwdDataAlgoPerf_t>(
          [&](int most, int* count, auto* results) {
            return dnn.getConvolutionBackwardDataAlgorithm(
                handle, weight_.get(), dst_.get(), convolution, src_.get(), most, count, results);
          },
          [&](auto with, auto algorithm, size_t* bytes) {
            return dnn.getConvolutionBackwardDataWorkspaceSize(handle, weight_.get(), dst_.get(),
                                                               with, src_.get(), algorithm, bytes);
          });
    case Kind::kWeightGradient:
      return choose<cudnnConvolutionBwdFilterAlgoPerf_t>(
          [&](int most, int* count, auto* results) {
            return dnn.getConvolutionBackwardFilterAlgorithm(
                handle, src_.get(), dst_.get(), convolution, weight_.get(), most, count, results);
          },
          [&](auto with, auto algorithm, size_t* bytes) {
            return dnn.getConvolutionBackwardFilterWorkspaceSize(
                handle, src_.get(), dst_.get(), with, weight_.get(), algorithm, bytes);
          });
  }
}

ConvPlan::Matrix ConvPlan::matrixOf(Operand operand) const {
  const ConvGeometry& g = geometry_;
  Matrix m{};
  switch (operand) {
    case kSrc:
      m = {g.batch, g.inSize(), g.in_channels, 0};
      break;
    case kWeight:
      m = {g.out_channels, g.kernelSize(), g.in_channels / g.groups, 0};
      break;
    case kDst:
      m = {g.batch, g.outSize(), g.out_channels, 0};
      break;
  }
  m.bytes = static_cast<size_t>(m.outer * m.rows * m.columns) * sizeOf(dtype_);
  return m;
}

cudnnStatus_t ConvPlan::call(const Context& context, const Choice& choice,
                             const std::array<void*, 3>& operands, bool adds,
                             void* workspace) const {
  const Cudnn& dnn = cudnn();
  const cudnnHandle_t handle = cudnnHandle(context.device());
  checkCudnn(dnn.setStream(handle, context.stream()), context.op());
  const double factors[] = {1, adds ? 1.0 : 0.0};
  const float narrow_factors[] = {1, adds ? 1.0F : 0.0F};
  const bool wide = dtype_ == DType::kFloat64;
  const void* const alpha = wide ? static_cast<const void*>(factors) : narrow_factors;
  const void* const beta = wide ? static_cast<const void*>(factors + 1) : narrow_factors + 1;
  const auto& [src, weight, dst] = operands;
  const cudnnConvolutionDescriptor_t convolution = choice.convolution.get();
  switch (kind_) {
    case Kind::kForward:
      return dnn.convolutionForward(handle, alpha, src_.get(), src, weight_.get(), weight,
                                    convolution,
                                    static_cast<cudnnConvolutionFwdAlgo_t>(choice.algorithm),
                                    workspace, choice.workspace_bytes, beta, dst_.get(), dst);
    case Kind::kDataGradient:
      return dnn.convolutionBackwardData(
          handle, alpha, weight_.get(), weight, dst_.get(), dst, convolution,
          static_cast<cudnnConvolutionBwdDataAlgo_t>(choice.algorithm), workspace,
          choice.workspace_bytes, beta, src_.get(), src);
    case Kind::kWeightGradient:
      return dnn.convolutionBackwardFilter(
          handle, alpha, src_.get(), src, dst_.get(), dst, convolution,
          static_cast<cudnnConvolutionBwdFilterAlgo_t>(choice.algorithm), workspace,
          choice.workspace_bytes, beta, weight_.get(), weight);
  }
  return CUDNN_STATUS_BAD_PARAM;
}

void ConvPlan::run(const Context& context, void* src, void* weight, void* dst, Request request,
                   void* workspace) const {
  if (request == Request::kNull) return;
  const bool adds = request == Request::kAdd;
  std::array<void*, 3> operands = {src, weight, dst};
  const Operand result = written();
  if (geometry_.empty()) {
    const size_t bytes = matrixOf(result).bytes;
    if (adds || bytes == 0) return;
    context.queue().check(cudaMemsetAsync(operands[result], 0, bytes, context.stream()),
                          context.op());
    return;
  }
  const bool deterministic = context.deterministic();
  TENON_CHECK(!deterministic || deterministic_.found, kUnsupported, context.op(),
              ": cuDNN has no deterministic algorithm for this convolution");
  const Choice& choice = deterministic ? deterministic_ : fastest_;
  const bool turns = geometry_.channels_last;
  const auto copy = [&](void* to, const void* from, size_t bytes) {
    context.queue().check(
        cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, context.stream()), context.op());
  };
  auto* next = static_cast<std::byte*>(workspace) + scratch_bytes_;
  for (const Operand operand : {kSrc, kWeight, kDst}) {
    void* const given = operands[operand];
    if (!isMoved(given)) continue;
    const Matrix m = matrixOf(operand);
    operands[operand] = std::exchange(next, next + aligned(m.bytes));
    if (!turns && (operand != result || adds)) {
      copy(operands[operand], given, m.bytes);
    } else if (operand != result) {
      swapAxes(context, dtype_, m.outer, m.rows, m.columns, given, operands[operand], false);
    }
  }
  const bool keeps = adds && !turns;
  cudnnStatus_t status = call(context, choice, operands, keeps, workspace);
  // Some are listed as fit that say only when they are called that they are not.
  for (const Choice* spare : {&deterministic_, &other_}) {
    if (status / 1000 * 1000 != CUDNN_STATUS_NOT_SUPPORTED) break;
    if (spare != &choice && spare->found)
      status = call(context, *spare, operands, keeps, workspace);
  }
  checkCudnn(status, context.op());
  void* const wanted = std::array{src, weight, dst}[result];
  if (operands[result] == wanted) return;
  const Matrix m = matrixOf(result);
  if (turns) {
    swapAxes(context, dtype_, m.outer, m.columns, m.rows, operands[result], wanted, adds);
  } else {
    copy(wanted, operands[result], m.bytes);
  }
}

namespace {

ChannelView channelsOf(const ConvGeometry& g, int64_t channels, int64_t size) {
  if (g.channels_last) return {.outer = g.batch * size, .channels = channels, .inner = 1};
  return {.outer = g.batch, .channels = channels, .inner = size};
}

}  // namespace

ChannelView srcChannels(const ConvGeometry& g) { return channelsOf(g, g.in_channels, g.inSize()); }
ChannelView dstChannels(const ConvGeometry& g) {
  return channelsOf(g, g.out_channels, g.outSize());
}

}  // namespace tenon::cuda
