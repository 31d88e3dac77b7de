// Maps: a function of one or two operands applied to every element. The counterpart of
// cpp/ops/loops/map.h, with its rules: float16 and bfloat16 are computed in float, bool and small
// integers in int32, integers whose function has no integer form in double; the result's dtype
// decides, inputs broadcast to the output's shape.
//
// Contiguous operands (or single numbers) go by packs of 32 computed bytes a thread; broadcasting
// ones too where rows are whole packs, else element by element.
#pragma once

#include <cmath>

#include "device/pack.cuh"
#include "device/walk.cuh"
#include "ops/elementwise/functors.h"
#include "ops/elementwise/unary_functors.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {

using device::Binary;
using device::Unary;

/// An operand of a map. Without data it is the number beside it.
struct MapOperand {
  const void* data = nullptr;
  DType dtype = DType::kFloat32;
  bool moves = false;    ///< one element for each of the output's; else one for all
  bool aligned = false;  ///< packs may be read at once
};

template <class C>
struct MapArgs {
  MapOperand a;
  MapOperand b;
  C number;  ///< of an operand without data
  C p;
  C q;
  void* out;
  DType out_dtype;
  bool out_aligned;
  bool adds;
  int64_t size;
};

/// Addition as integers wrap.
template <class C>
__device__ __forceinline__ C added(C a, C b) {
  return Binary<BinaryFn::kAdd>::apply(a, b, C{}, C{});
}

template <class C, int N>
__device__ __forceinline__ void loadOperand(C (&to)[N], const MapOperand& operand, C number,
                                            int64_t first, int64_t count, bool whole) {
  if (operand.moves) {
    loadPack(to, operand.data, operand.dtype, first, count, whole && operand.aligned);
    return;
  }
  const C value = operand.data == nullptr ? number : loadOne<C>(operand.data, operand.dtype, 0);
#pragma unroll
  for (int i = 0; i < N; ++i) to[i] = value;
}

/// Stores a pack of results, or adds it to what is there.
template <class C, int N>
__device__ __forceinline__ void finishPack(const MapArgs<C>& args, C (&z)[N], int64_t first,
                                           int64_t count, bool whole) {
  whole = whole && args.out_aligned;
  if (args.adds) {
    C before[N];
    loadPack(before, args.out, args.out_dtype, first, count, whole);
#pragma unroll
    for (int i = 0; i < N; ++i) z[i] = added(before[i], z[i]);
  }
  storePack(args.out, args.out_dtype, z, first, count, whole);
}

/// Calls body(x, first, count) for this thread's packs: x is operand a from `first` on, of which
/// `count` elements exist, and is stored, or added, as body leaves it.
template <class C, class F>
__device__ __forceinline__ void mapPacks(const MapArgs<C>& args, F&& body) {
  constexpr int N = kPack<C>;
  forEachItem((args.size + N - 1) / N, [&](int64_t pack) {
    const int64_t first = pack * N;
    const int64_t count = args.size - first;
    C x[N];
    loadOperand(x, args.a, args.number, first, count, count >= N);
    body(x, first, count);
    finishPack(args, x, first, count, count >= N);
  });
}

template <UnaryFn F, class C>
__global__ void __launch_bounds__(kThreads) unaryKernel(const MapArgs<C> args) {
  constexpr int N = kPack<C>;
  mapPacks(args, [&](C(&x)[N], int64_t, int64_t) {
#pragma unroll
    for (int i = 0; i < N; ++i) x[i] = Unary<F>::apply(x[i], args.p, args.q);
  });
}

template <BinaryFn F, class C>
__global__ void __launch_bounds__(kThreads) binaryKernel(const MapArgs<C> args) {
  constexpr int N = kPack<C>;
  mapPacks(args, [&](C(&x)[N], int64_t first, int64_t count) {
    C y[N];
    loadOperand(y, args.b, args.number, first, count, count >= N);
#pragma unroll
    for (int i = 0; i < N; ++i) x[i] = Binary<F>::apply(x[i], y[i], args.p, args.q);
  });
}

/// The operand's element at `offset`, or the number.
template <class C>
__device__ __forceinline__ C loadAt(const MapOperand& operand, C number, int64_t offset) {
  return operand.data == nullptr ? number : loadOne<C>(operand.data, operand.dtype, offset);
}

/// Operands with offsets of their own. `by_packs`: each pack lies in one row of the output.
template <BinaryFn F, class C>
__global__ void __launch_bounds__(kThreads)
    broadcastKernel(const MapArgs<C> args, const Walk<2> walk, const bool by_packs) {
  constexpr int N = kPack<C>;
  if (by_packs) {
    const bool a_moves = walk.strides[0][walk.rank - 1] != 0;
    const bool b_moves = walk.strides[1][walk.rank - 1] != 0;
    forEachItem(args.size / N, [&](int64_t pack) {
      int64_t at[2];
      walk.offsets(pack * N, at);
      C x[N];
      C y[N];
      if (a_moves) {
        loadPack(x, args.a.data, args.a.dtype, at[0], N, args.a.aligned);
      } else {
        const C value = loadAt(args.a, args.number, at[0]);
#pragma unroll
        for (int i = 0; i < N; ++i) x[i] = value;
      }
      if (b_moves) {
        loadPack(y, args.b.data, args.b.dtype, at[1], N, args.b.aligned);
      } else {
        const C value = loadAt(args.b, args.number, at[1]);
#pragma unroll
        for (int i = 0; i < N; ++i) y[i] = value;
      }
#pragma unroll
      for (int i = 0; i < N; ++i) x[i] = Binary<F>::apply(x[i], y[i], args.p, args.q);
      finishPack(args, x, pack * N, N, true);
    });
    return;
  }
  forEachItem(args.size, [&](int64_t i) {
    int64_t at[2];
    walk.offsets(i, at);
    C z[1] = {Binary<F>::apply(loadAt(args.a, args.number, at[0]),
                               loadAt(args.b, args.number, at[1]), args.p, args.q)};
    finishPack(args, z, i, 1, false);
  });
}

// The host's side.

template <class C>
MapOperand mapOperand(const TensorView& view, int64_t size) {
  TENON_CHECK(stores<C>(view.dtype), kInternal, "a pointwise kernel was given ",
              nameOf(view.dtype));
  return {.data = view.data,
          .dtype = view.dtype,
          .moves = view.size() == size,
          .aligned = isPackAligned<C>(view.data, view.dtype)};
}

template <class C>
MapArgs<C> mapArgs(const TensorView& out, Request request, const double* params) {
  TENON_CHECK(stores<C>(out.dtype), kInternal, "a pointwise kernel was given ", nameOf(out.dtype));
  MapArgs<C> args{};
  args.p = convertTo<C>(params[0]);
  args.q = convertTo<C>(params[1]);
  args.out = out.data;
  args.out_dtype = out.dtype;
  args.out_aligned = isPackAligned<C>(out.data, out.dtype);
  args.adds = request == Request::kAdd;
  args.size = out.size();
  return args;
}

inline constexpr double kNoParams[2] = {0, 0};

/// Issues `kernel`, which visits the operands by packs (see `mapPacks`).
template <class C, class... Params, class... Args>
void launchPacks(const Context& context, void (*kernel)(Params...), const MapArgs<C>& args,
                 const Args&... more) {
  launchItems(context, kernel, (args.size + kPack<C> - 1) / kPack<C>, args, more...);
}

template <UnaryFn F>
void mapUnary(const Context& context, const TensorView& in, const TensorView& out, Request request,
              const double* params = kNoParams) {
  if (request == Request::kNull || out.size() == 0) return;
  withCompute<Unary<F>::kIntegers>(out.dtype, [&]<class C>(C) {
    MapArgs<C> args = mapArgs<C>(out, request, params);
    args.a = mapOperand<C>(in, args.size);
    launchPacks(context, unaryKernel<F, C>, args);
  });
}

template <BinaryFn F, class C>
void mapBroadcast(const Context& context, const TensorView& a, const TensorView& b,
                  const TensorView& out, MapArgs<C> args) {
  Walk<2> walk;
  const int rank = out.shape.rank();
  for (int axis = 0; axis < rank; ++axis) {
    walk.append(out.shape[axis], {broadcastStride(a, rank, axis), broadcastStride(b, rank, axis)});
  }
  walk.finish(args.size);
  const auto startsPacks = [&](int operand) {
    for (int axis = 0; axis + 1 < walk.rank; ++axis) {
      if (walk.strides[operand][axis] % kPack<C> != 0) return false;
    }
    return true;
  };
  args.a.aligned = args.a.aligned && startsPacks(0);
  args.b.aligned = args.b.aligned && startsPacks(1);
  const bool by_packs = walk.inner() % kPack<C> == 0;
  launchItems(context, broadcastKernel<F, C>, by_packs ? args.size / kPack<C> : args.size, args,
              walk, by_packs);
}

template <BinaryFn F>
void mapBinary(const Context& context, const TensorView& a, const TensorView& b,
               const TensorView& out, Request request, const double* params = kNoParams) {
  if (request == Request::kNull || out.size() == 0) return;
  withCompute<Binary<F>::kIntegers>(out.dtype, [&]<class C>(C) {
    MapArgs<C> args = mapArgs<C>(out, request, params);
    args.a = mapOperand<C>(a, args.size);
    args.b = mapOperand<C>(b, args.size);
    const bool flat = (args.a.moves || a.size() == 1) && (args.b.moves || b.size() == 1);
    if (flat) {
      launchPacks(context, binaryKernel<F, C>, args);
    } else {
      mapBroadcast<F, C>(context, a, b, out, args);
    }
  });
}

/// f(a, scalar), or f(scalar, a) if `reversed`. For integers the scalar is truncated first.
template <BinaryFn F>
void mapScalar(const Context& context, const TensorView& a, double scalar, bool reversed,
               const TensorView& out, Request request) {
  if (request == Request::kNull || out.size() == 0) return;
  if (!isFloating(out.dtype)) scalar = std::isnan(scalar) ? 0 : std::trunc(scalar);
  withCompute<Binary<F>::kIntegers>(out.dtype, [&]<class C>(C) {
    MapArgs<C> args = mapArgs<C>(out, request, kNoParams);
    args.number = convertTo<C>(scalar);
    (reversed ? args.b : args.a) = mapOperand<C>(a, args.size);
    if (a.size() != args.size && a.size() != 1) {
      const TensorView number = denseView(nullptr, Shape({1}), out.dtype, out.device);
      return reversed ? mapBroadcast<F, C>(context, number, a, out, args)
                      : mapBroadcast<F, C>(context, a, number, out, args);
    }
    launchPacks(context, binaryKernel<F, C>, args);
  });
}

// What operators register.

template <UnaryFn F>
void runUnary(Context& context, Views in, Views out, Requests requests) {
  mapUnary<F>(context, in[0], out[0], requests[0]);
}

/// With the two numbers of parameter struct P.
template <UnaryFn F, class P>
void runUnaryWith(Context& context, Views in, Views out, Requests requests) {
  double params[2];
  context.params<P>().fill(params);
  mapUnary<F>(context, in[0], out[0], requests[0], params);
}

template <BinaryFn F>
void runBinary(Context& context, Views in, Views out, Requests requests) {
  mapBinary<F>(context, in[0], in[1], out[0], requests[0]);
}

template <BinaryFn F, class P>
void runBinaryWith(Context& context, Views in, Views out, Requests requests) {
  double params[2];
  context.params<P>().fill(params);
  mapBinary<F>(context, in[0], in[1], out[0], requests[0], params);
}

template <BinaryFn F, bool kReversed = false>
void runScalar(Context& context, Views in, Views out, Requests requests) {
  mapScalar<F>(context, in[0], context.dynamic(0), kReversed, out[0], requests[0]);
}

}  // namespace tenon::cuda
