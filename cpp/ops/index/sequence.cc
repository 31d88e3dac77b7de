// Operators over sequences of different lengths: SequenceMask, SequenceLast, SequenceReverse. Data
// has shape (time, batch, …), or (batch, time, …) with axis 1; without lengths every sequence is as
// long as the axis.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/scalar_bits.h"
#include "ops/index/index_values.h"
#include "ops/index/sequence_params.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

constexpr std::string_view kDataDoc =
    "Sequences: an array of shape (time, batch, …), or (batch, time, …) with axis 1.";
constexpr std::string_view kLengthDoc = "The length of each sequence; an array of shape (batch,).";

template <class P>
int sequenceInputs(const P& p) {
  return p.use_sequence_length ? 2 : 1;
}

void checkData(const OpAttrs& attrs, const Shape& data) {
  TENON_CHECK(data.rank() >= 2, kInvalidArgument, attrs.op().name, ": data has shape ", data,
              ", expected at least the axes of time and batch");
}

void lengthShape(std::span<Shape> in, int axis) {
  if (in.size() > 1) in[1] = merge(in[1], Shape{in[0][1 - axis]});
}

template <class P>
void sameShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  in[0] = out[0] = merge(in[0], out[0]);
  if (!in[0].rankKnown()) return;
  checkData(attrs, in[0]);
  lengthShape(in, attrs.params<P>().axis);
}

void dataType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[0] == DType::kUnknown) in[0] = out[0];
  out[0] = in[0];
  if (in.size() > 1 && in[1] == DType::kUnknown) in[1] = in[0];
}

/// The length of sequence b, within [0, time].
int64_t lengthOf(std::span<const TensorView> in, size_t input, int64_t b, int64_t time) {
  return in.size() > input ? std::clamp<int64_t>(indexAt(in[input], b), 0, time) : time;
}

// SequenceMask

void runMask(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.attrs().params<SequenceMaskParams>();
  const SequenceSteps steps = sequenceSteps(in[0].shape, p.axis);
  copyBytes(in[0].data, out[0].data, out[0].bytes());
  withType(out[0].dtype, [&]<class T>(T) {
    const T value = convertTo<T>(p.value);
    parallelFor(steps.batch, 16, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        for (int64_t t = lengthOf(in, 1, b, steps.time); t < steps.time; ++t) {
          std::fill_n(out[0].as<T>() + steps.at(t, b), steps.inner, value);
        }
      }
    });
  });
}

/// What is masked has no gradient: the head, masked by zeros.
std::vector<Value> maskGradient(GradientBuilder& g) {
  AttrMap attrs = g.attrs().dict();
  attrs["value"] = "0";
  if (g.attrs().numInputs() == 1) return {g.apply("SequenceMask", {g.outputGradient(0)}, attrs)};
  return {g.apply("SequenceMask", {g.outputGradient(0), g.input(1)}, attrs), Value{}};
}

// SequenceLast

void lastShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  checkData(attrs, in[0]);
  const int axis = attrs.params<SequenceParams>().axis;
  lengthShape(in, axis);
  Shape result = Shape{in[0][1 - axis]};
  for (int i = 2; i < in[0].rank(); ++i) result.append(in[0][i]);
  out[0] = merge(out[0], result);
}

/// Copies the last step of each sequence to `last`, or back to its place.
void moveLast(const TensorView& data, int axis, std::span<const TensorView> in, size_t lengths,
              const TensorView& last, bool back) {
  const SequenceSteps steps = sequenceSteps(data.shape, axis);
  const size_t bytes = static_cast<size_t>(steps.inner) * sizeOf(data.dtype);
  const auto size = static_cast<int64_t>(sizeOf(data.dtype));
  for (int64_t b = 0; b < steps.batch; ++b) {
    const int64_t t = std::max<int64_t>(lengthOf(in, lengths, b, steps.time) - 1, 0);
    char* step = data.as<char>() + steps.at(t, b) * size;
    char* row = last.as<char>() + b * steps.inner * size;
    std::memcpy(back ? step : row, back ? row : step, bytes);
  }
}

void runLast(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const int axis = context.attrs().params<SequenceParams>().axis;
  TENON_CHECK(in[0].shape[axis] > 0, kInvalidArgument, "SequenceLast: data of shape ", in[0].shape,
              " has no last step");
  moveLast(in[0], axis, in, 1, out[0], false);
}

std::vector<Value> lastGradient(GradientBuilder& g) {
  std::vector<Value> inputs{g.outputGradient(0), g.input(0)};
  std::vector<Value> result(1);
  if (g.attrs().numInputs() > 1) {
    inputs.push_back(g.input(1));
    result.push_back({});
  }
  result[0] = g.applyAll("_backward_SequenceLast", inputs, g.attrs().dict()).front();
  return result;
}

/// (head, data[, lengths]) -> data's shape.
void lastBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[1] = merge(in[1], out[0]);
}

void lastBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  out[0] = in[0] = in[1];
}

int lastBackInputs(const SequenceParams& p) { return p.use_sequence_length ? 3 : 2; }

void runLastBack(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  zeroFill(out[0]);
  if (out[0].size() > 0)
    moveLast(out[0], context.attrs().params<SequenceParams>().axis, in, 2, in[0], true);
}

// SequenceReverse

void runReverse(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const SequenceSteps steps =
      sequenceSteps(in[0].shape, context.attrs().params<SequenceParams>().axis);
  const auto size = static_cast<int64_t>(sizeOf(in[0].dtype));
  const auto bytes = static_cast<size_t>(steps.inner * size);
  parallelFor(steps.batch, 16, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const int64_t length = lengthOf(in, 1, b, steps.time);
      for (int64_t t = 0; t < steps.time; ++t) {
        const int64_t from = t < length ? length - 1 - t : t;
        std::memcpy(out[0].as<char>() + steps.at(t, b) * size,
                    in[0].as<const char>() + steps.at(from, b) * size, bytes);
      }
    }
  });
}

std::vector<Value> reverseGradient(GradientBuilder& g) {
  if (g.attrs().numInputs() == 1)
    return {g.apply("SequenceReverse", {g.outputGradient(0)}, g.attrs().dict())};
  return {g.apply("SequenceReverse", {g.outputGradient(0), g.input(1)}, g.attrs().dict()), Value{}};
}

const OpRegistration kMask =
    OpBuilder("SequenceMask")
        .doc("Replaces what lies behind the end of each sequence by a value.")
        .group("index")
        .params<SequenceMaskParams>()
        .input("data", kDataDoc)
        .input("sequence_length", kLengthDoc)
        .inputCount<SequenceMaskParams>(sequenceInputs<SequenceMaskParams>)
        .shape(sameShapes<SequenceMaskParams>)
        .type(dataType)
        .gradient(maskGradient)
        .inplace({{0, 0}})
        .cpu({.prepare = nullptr, .run = runMask, .adds = false});

const OpRegistration kLast = OpBuilder("SequenceLast")
                                 .doc("Takes the last step of each sequence.")
                                 .group("index")
                                 .params<SequenceParams>()
                                 .input("data", kDataDoc)
                                 .input("sequence_length", kLengthDoc)
                                 .inputCount<SequenceParams>(sequenceInputs<SequenceParams>)
                                 .shape(lastShape)
                                 .type(dataType)
                                 .gradient(lastGradient)
                                 .cpu({.prepare = nullptr, .run = runLast, .adds = false});

const OpRegistration kLastBack =
    OpBuilder("_backward_SequenceLast")
        .doc("The gradient of SequenceLast: zero but for the last steps.")
        .params<SequenceParams>()
        .input("head", "The gradient of the result.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .input("sequence_length", kLengthDoc)
        .inputCount<SequenceParams>(lastBackInputs)
        .shape(lastBackShape)
        .type(lastBackType)
        .hidden()
        .cpu({.prepare = nullptr, .run = runLastBack, .adds = false});

const OpRegistration kReverse = OpBuilder("SequenceReverse")
                                    .doc("Reverses each sequence; what lies behind its end stays.")
                                    .group("index")
                                    .params<SequenceParams>()
                                    .input("data", kDataDoc)
                                    .input("sequence_length", kLengthDoc)
                                    .inputCount<SequenceParams>(sequenceInputs<SequenceParams>)
                                    .shape(sameShapes<SequenceParams>)
                                    .type(dataType)
                                    .gradient(reverseGradient)
                                    .cpu({.prepare = nullptr, .run = runReverse, .adds = false});

}  // namespace
}  // namespace tenon
