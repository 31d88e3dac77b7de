// Dropout and its gradient. The mask is drawn from the device's stream, four elements to a counter,
// as on the CPU; drawing, storing it and multiplying are one pass where every element has its own.
#include "device/draw.cuh"
#include "ops/elementwise/map.cuh"
#include "ops/init/fill.cuh"
#include "ops/nn/dropout_params.h"

namespace tenon::cuda {
namespace {

template <class C>
struct DropArgs {
  const void* in;  ///< null: only the mask is wanted
  void* out;
  void* mask;  ///< may be null
  DType dtype;
  int64_t size;
  bool aligned;
  float p;
  C kept;
  RandomState random;
};

template <class C>
__global__ void __launch_bounds__(kThreads) dropKernel(const DropArgs<C> args) {
  forEachDrawn(args.random, args.size, args.aligned,
               [&](const Philox4& drawn, int64_t first, int64_t left, bool whole) {
                 C factor[4];
#pragma unroll
                 for (int i = 0; i < 4; ++i)
                   factor[i] = unitFloat(drawn.x[i]) < args.p ? C(0) : args.kept;
                 if (args.in != nullptr) {
                   C x[4];
                   loadPack(x, args.in, args.dtype, first, left, whole);
#pragma unroll
                   for (int i = 0; i < 4; ++i) x[i] *= factor[i];
                   storePack(args.out, args.dtype, x, first, left, whole);
                 }
                 if (args.mask != nullptr)
                   storePack(args.mask, args.dtype, factor, first, left, whole);
               });
}

/// Draws the mask of `size` elements, stores it if it is not null, and multiplies `in` by it if
/// that is not null.
void drop(const Context& context, float p, const TensorView* in, const TensorView* out, void* mask,
          int64_t size, DType dtype) {
  withCompute<false>(dtype, [&]<class C>(C) {
    DropArgs<C> args{};
    args.in = in == nullptr ? nullptr : in->data;
    args.out = out == nullptr ? nullptr : out->data;
    args.mask = mask;
    args.dtype = dtype;
    args.size = size;
    args.aligned = isAlignedFor(args.in, dtype, 4) && isAlignedFor(args.out, dtype, 4) &&
                   isAlignedFor(mask, dtype, 4);
    args.p = p;
    args.kept = p < 1 ? C(1) / (C(1) - static_cast<C>(p)) : C(0);
    args.random = context.random();
    launchItems(context, dropKernel<C>, (size + 3) / 4, args);
  });
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<DropoutParams>();
  const bool drops = (context.training() || p.mode == DropoutMode::kAlways) && p.p > 0;
  const bool wants_mask = requests[1] != Request::kNull;
  const bool wants_output = requests[0] != Request::kNull;
  if (!drops) {
    if (wants_mask) fill(context, out[1], 1);
    copyOrAdd(context, in[0], out[0], requests[0]);
    return;
  }
  const DType dtype = in[0].dtype;
  if (out[1].shape == in[0].shape) {
    void* const mask = wants_mask ? out[1].data : nullptr;
    if (wants_mask || wants_output) {
      drop(context, p.p, wants_output ? &in[0] : nullptr, wants_output ? &out[0] : nullptr, mask,
           in[0].size(), dtype);
    }
    return;
  }
  TensorView mask = out[1];
  if (!wants_mask) mask.data = context.workspace(static_cast<size_t>(mask.bytes()));
  drop(context, p.p, nullptr, nullptr, mask.data, mask.size(), dtype);
  mapBinary<BinaryFn::kMul>(context, in[0], mask, out[0], requests[0]);
}

// dY, mask -> dX
void runBackward(Context& context, Views in, Views out, Requests requests) {
  mapBinary<BinaryFn::kMul>(context, in[0], in[1], out[0], requests[0]);
}

const KernelRegistration kKernels = {
    {"Dropout", {.run = runForward, .adds = false}},
    {"_backward_Dropout", {.run = runBackward}},
};

}  // namespace
}  // namespace tenon::cuda
