// SequenceMask, SequenceLast, SequenceReverse: every element of the result finds its step and its
// sequence. Elements are moved by the widest units that steps are made of.
#include "device/unit.cuh"
#include "device/walk.cuh"
#include "ops/cast/scalar_bits.h"
#include "ops/index/indices.cuh"
#include "ops/index/sequence_params.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

/// Sequences of steps of `inner` units and their lengths.
struct Sequences {
  SequenceSteps steps;
  Indices lengths;  ///< without data every sequence is as long as the axis
  Split split;

  struct Place {
    int64_t t, b, inner;
  };
  __device__ __forceinline__ Place placeOf(int64_t index) const {
    const Split::Place at = split(index);
    return steps.axis == 0 ? Place{at.outer, at.middle, at.inner}
                           : Place{at.middle, at.outer, at.inner};
  }
  __device__ __forceinline__ int64_t lengthOf(int64_t b) const {
    if (lengths.data == nullptr) return steps.time;
    const int64_t length = indexAt(lengths, b);
    return length < 0 ? 0 : length < steps.time ? length : steps.time;
  }
  __device__ __forceinline__ int64_t lastOf(int64_t b) const {
    const int64_t length = lengthOf(b);
    return length > 0 ? length - 1 : 0;
  }
};

template <class U>
__global__ void __launch_bounds__(kThreads)
    maskKernel(const Sequences sequences, const int64_t size, const U* from, const U value, U* to) {
  forEachItem(size, [&](int64_t i) {
    const Sequences::Place at = sequences.placeOf(i);
    to[i] = at.t < sequences.lengthOf(at.b) ? from[i] : value;
  });
}

template <class U>
__global__ void __launch_bounds__(kThreads)
    lastKernel(const Sequences sequences, const int64_t size, const U* from, U* to) {
  forEachItem(size, [&](int64_t i) {
    const int64_t b = i / sequences.steps.inner;
    const int64_t inner = i - b * sequences.steps.inner;
    to[i] = from[sequences.steps.at(sequences.lastOf(b), b) + inner];
  });
}

template <class U>
__global__ void __launch_bounds__(kThreads)
    lastGradientKernel(const Sequences sequences, const int64_t size, const U* head, U* to) {
  forEachItem(size, [&](int64_t i) {
    const Sequences::Place at = sequences.placeOf(i);
    to[i] = at.t == sequences.lastOf(at.b) ? head[at.b * sequences.steps.inner + at.inner] : U{};
  });
}

template <class U>
__global__ void __launch_bounds__(kThreads)
    reverseKernel(const Sequences sequences, const int64_t size, const U* from, U* to) {
  forEachItem(size, [&](int64_t i) {
    const Sequences::Place at = sequences.placeOf(i);
    const int64_t length = sequences.lengthOf(at.b);
    const int64_t t = at.t < length ? length - 1 - at.t : at.t;
    to[i] = from[sequences.steps.at(t, at.b) + at.inner];
  });
}

/// Calls body(U{}, sequences) with the unit that steps are moved by; lengths may be null.
template <class F>
void withSequences(const TensorView& data, int axis, const TensorView* lengths,
                   std::initializer_list<const void*> operands, F&& body) {
  SequenceSteps steps = sequenceSteps(data.shape, axis);
  const auto bytes = steps.inner * static_cast<int64_t>(sizeOf(data.dtype));
  withUnit(bytes, operands, [&]<class U>(U unit) {
    steps.inner = bytes / static_cast<int64_t>(sizeof(U));
    const int64_t size = steps.time * steps.batch * steps.inner;
    body(unit,
         Sequences{.steps = steps,
                   .lengths = lengths == nullptr
                                  ? Indices{.data = nullptr, .dtype = DType::kInt64, .count = 0}
                                  : indicesOf(*lengths),
                   .split = Split(size, data.shape[1], steps.inner)},
         size);
  });
}

const TensorView* lengthsOf(Views in, size_t input) {
  return in.size() > input ? &in[input] : nullptr;
}

void runMask(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.params<SequenceMaskParams>();
  const size_t element = sizeOf(in[0].dtype);
  const ScalarBits bits(p.value, in[0].dtype);
  withSequences(in[0], p.axis, lengthsOf(in, 1), {in[0].data, out[0].data},
                [&]<class U>(U value, const Sequences& sequences, int64_t size) {
                  for (size_t at = 0; at < sizeof(U); at += element)
                    std::memcpy(reinterpret_cast<char*>(&value) + at, bits.data(), element);
                  launchItems(context, maskKernel<U>, size, sequences, size, in[0].as<const U>(),
                              value, out[0].as<U>());
                });
}

void runLast(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int axis = context.params<SequenceParams>().axis;
  TENON_CHECK(in[0].shape[axis] > 0, kInvalidArgument, "SequenceLast: data of shape ", in[0].shape,
              " has no last step");
  withSequences(in[0], axis, lengthsOf(in, 1), {in[0].data, out[0].data},
                [&]<class U>(U, const Sequences& sequences, int64_t) {
                  const int64_t size = sequences.steps.batch * sequences.steps.inner;
                  launchItems(context, lastKernel<U>, size, sequences, size, in[0].as<const U>(),
                              out[0].as<U>());
                });
}

// head, data, (lengths) -> data's shape
void runLastBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  withSequences(out[0], context.params<SequenceParams>().axis, lengthsOf(in, 2),
                {in[0].data, out[0].data},
                [&]<class U>(U, const Sequences& sequences, int64_t size) {
                  launchItems(context, lastGradientKernel<U>, size, sequences, size,
                              in[0].as<const U>(), out[0].as<U>());
                });
}

void runReverse(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  withSequences(in[0], context.params<SequenceParams>().axis, lengthsOf(in, 1),
                {in[0].data, out[0].data},
                [&]<class U>(U, const Sequences& sequences, int64_t size) {
                  launchItems(context, reverseKernel<U>, size, sequences, size, in[0].as<const U>(),
                              out[0].as<U>());
                });
}

const KernelRegistration kKernels = {
    {"SequenceMask", {.run = runMask, .adds = false}},
    {"SequenceLast", {.run = runLast, .adds = false}},
    {"_backward_SequenceLast", {.run = runLastBack, .adds = false}},
    {"SequenceReverse", {.run = runReverse, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
