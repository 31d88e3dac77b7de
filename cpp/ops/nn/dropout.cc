// Dropout: each element is kept with probability 1 − p and then divided by it, or set to zero. The
// second, hidden output is what each element was multiplied by.
#include "base/parallel.h"
#include "base/philox.h"
#include "ops/linalg/through_float.h"
#include "ops/nn/dropout_params.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

Shape maskShape(const OpAttrs& attrs, const Shape& data) {
  Shape mask = data;
  if (!data.rankKnown()) return mask;
  for (const int64_t axis : attrs.params<DropoutParams>().axes)
    mask[data.axis(axis, attrs.op().name)] = 1;
  return mask;
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  sameAsFirst(attrs, in, out.first(1));
  unify(attrs, "mask", out[1], maskShape(attrs, in[0]));
}

void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  sameAsFirst(attrs, in, out);
  unify(attrs, "mask", in[1], maskShape(attrs, in[0]));
}

/// A counter gives four numbers.
uint64_t countersFor(const OpAttrs&, std::span<const Shape> out) {
  return (static_cast<uint64_t>(out[1].size()) + 3) / 4;
}

template <class T>
void drawMask(const RandomState& random, float p, T* mask, int64_t count) {
  const T kept = p < 1 ? T(1) / (T(1) - static_cast<T>(p)) : T(0);
  parallelFor((count + 3) / 4, kElementFloor / 16, [=](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const Philox4 drawn = philox(random.seed, random.offset + static_cast<uint64_t>(block));
      for (int64_t i = 0; i < std::min<int64_t>(4, count - block * 4); ++i) {
        mask[block * 4 + i] = unitFloat(drawn.x[i]) < p ? T(0) : kept;
      }
    }
  });
}

/// to = from·mask, where axes of one element in the mask stand for all of the data's.
template <class T>
void multiply(const TensorView& data, const TensorView& mask, T* to) {
  const T *from = data.as<T>(), *factor = mask.as<T>();
  if (mask.shape == data.shape) {
    parallelFor(data.size(), kElementFloor, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = from[i] * factor[i];
    });
    return;
  }
  parallelFor(data.size(), kElementFloor / 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t rest = i, at = 0;
      for (int axis = data.shape.rank() - 1; axis >= 0; --axis) {
        if (mask.shape[axis] != 1) at += rest % data.shape[axis] * mask.strides[axis];
        rest /= data.shape[axis];
      }
      to[i] = from[i] * factor[at];
    }
  });
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<DropoutParams>();
  const bool drops = (context.training() || p.mode == DropoutMode::kAlways) && p.p > 0;
  dispatchReal(in[0].dtype, [&]<class T>() {
    const bool wants_mask = requests[1] != Request::kNull;
    TensorView mask = out[1];
    if (drops && !wants_mask)
      mask = denseView(context.workspace(static_cast<size_t>(mask.shape.size()) * sizeof(T)),
                       mask.shape, in[0].dtype, in[0].device);
    if (drops) {
      drawMask(context.random(), p.p, mask.as<T>(), mask.size());
    } else if (wants_mask) {
      std::fill_n(mask.as<T>(), mask.size(), T(1));
    }
    if (requests[0] == Request::kNull) return;
    if (drops) {
      multiply(in[0], mask, out[0].as<T>());
    } else if (in[0].data != out[0].data) {
      std::copy_n(in[0].as<T>(), in[0].size(), out[0].as<T>());
    }
  });
}

// dY, mask -> dX
void runBackward(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                 std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchReal(in[0].dtype, [&]<class T>() { multiply(in[0], in[1], out[0].as<T>()); });
}

const OpRegistration kDropout =
    OpBuilder("Dropout")
        .doc(
            "In training, sets each element to zero with probability p and divides the others by 1 "
            "- p; otherwise gives "
            "the data as it is.")
        .group("nn")
        .params<DropoutParams>()
        .input("data", "The input.")
        .output("output", "What is left of the input.")
        .output("mask", "What each element was multiplied by.")
        .visibleOutputs(1)
        .shape(inferForward)
        .type(sameFloatingType)
        .gradient([](GradientBuilder& b) -> std::vector<Value> {
          return {
              b.apply("_backward_Dropout", {b.outputGradient(0), b.output(1)}, b.attrs().dict())};
        })
        .inplace({{0, 0}})
        .random(countersFor)
        .cpu(throughFloat<nullptr, runForward>({.adds = false}));

const OpRegistration kDropoutGradient =
    OpBuilder("_backward_Dropout")
        .doc("The gradient of Dropout.")
        .params<DropoutParams>()
        .input("ograd", "The output's gradient.")
        .input("mask", "What each element was multiplied by.")
        .shape(inferBackward)
        .type(sameFloatingType)
        .inplace({{0, 0}})
        .hidden()
        .cpu(throughFloat<nullptr, runBackward>({.adds = false}));

}  // namespace
}  // namespace tenon
