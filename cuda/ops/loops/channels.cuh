// Sums per channel of arrays seen as (outer, channels, inner). The counterpart of
// cpp/ops/nn/channel_loops.h, but that float (and the half types) accumulate in float, in trees.
//
// With inner > 1 a block has one channel, with inner = 1 it has 32 neighbouring ones, so that
// neighbouring threads read neighbouring elements either way. Channels of many elements are shared
// out to several blocks; whoever uses the sums adds up their partial results, in order.
#pragma once

#include "device/pack.cuh"
#include "device/walk.cuh"
#include "ops/nn/channel_view.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {

/// How a channel's elements are shared out.
struct ChannelParts {
  int64_t parts;
  int64_t part;  ///< elements of each
};

ChannelParts partsOf(int device, const ChannelView& view);

/// Adds what `f` finds in each element: f(channel, k, index, sums) of N sums, for element number k
/// of the channel. partials is [part][sum][channel].
template <class C, int N, bool kLast, class F>
__global__ void __launch_bounds__(kThreads)
    channelSumsKernel(const F f, const ChannelView view, const Divider inner, const bool narrow,
                      const int64_t part, C* partials) {
  constexpr int kOuts = kLast ? 32 : 1;
  constexpr int kEach = kThreads / kOuts;
  __shared__ C shared[N][kThreads];
  const int thread = static_cast<int>(threadIdx.x);
  const int own = thread % kOuts;
  const int lane = thread / kOuts;
  const int64_t channel = static_cast<int64_t>(blockIdx.x) * kOuts + own;
  const int64_t begin = blockIdx.y * part;
  const int64_t all = view.perChannel();
  const int64_t end = begin + part < all ? begin + part : all;
  C sums[N] = {};
  if (channel < view.channels) {
#pragma unroll 4
    for (int64_t k = begin + lane; k < end; k += kEach) {
      if constexpr (kLast) {
        f(channel, k, k * view.channels + channel, sums);
      } else {
        const int64_t row = narrow ? inner.divide(static_cast<uint32_t>(k)) : k / view.inner;
        f(channel, k, (row * (view.channels - 1) + channel) * view.inner + k, sums);
      }
    }
  }
#pragma unroll
  for (int n = 0; n < N; ++n) shared[n][thread] = sums[n];
  __syncthreads();
  for (int width = kEach / 2; width > 0; width /= 2) {
    if (lane < width) {
#pragma unroll
      for (int n = 0; n < N; ++n) shared[n][thread] += shared[n][thread + width * kOuts];
    }
    __syncthreads();
  }
  if (lane != 0 || channel >= view.channels) return;
#pragma unroll
  for (int n = 0; n < N; ++n)
    partials[(blockIdx.y * N + n) * view.channels + channel] = shared[n][thread];
}

/// What is summed where channels' elements are: each as it is.
template <class C>
struct ChannelElement {
  const void* data;
  DType dtype;
  __device__ __forceinline__ void operator()(int64_t, int64_t, int64_t i, C (&sums)[1]) const {
    sums[0] += loadOne<C>(data, dtype, i);
  }
};

/// A channel's sum number n of N.
template <int N, class C>
__device__ __forceinline__ C gathered(const C* partials, int64_t parts, int64_t channels, int n,
                                      int64_t channel) {
  C sum = 0;
  for (int64_t i = 0; i < parts; ++i) sum += partials[(i * N + n) * channels + channel];
  return sum;
}

/// Bytes of the partial results.
template <class C, int N>
size_t partialBytes(int device, const ChannelView& view) {
  return static_cast<size_t>(partsOf(device, view).parts * view.channels) * N * sizeof(C);
}

template <class C, int N, class F>
void launchChannelSums(const Context& context, const ChannelView& view, C* partials, const F& f) {
  const ChannelParts shares = partsOf(context.device(), view);
  const bool narrow = view.perChannel() < (int64_t{1} << 31);
  const Divider inner(narrow && view.inner > 0 ? static_cast<uint32_t>(view.inner) : 1);
  const auto parts = static_cast<unsigned>(shares.parts);
  if (view.inner == 1) {
    launchGrid(context, channelSumsKernel<C, N, true, F>,
               dim3(gridOf((view.channels + 31) / 32), parts), dim3(kThreads), 0, f, view, inner,
               narrow, shares.part, partials);
  } else {
    launchGrid(context, channelSumsKernel<C, N, false, F>, dim3(gridOf(view.channels), parts),
               dim3(kThreads), 0, f, view, inner, narrow, shares.part, partials);
  }
}

template <int N, class C>
__global__ void __launch_bounds__(kThreads)
    storeSumsKernel(const C* partials, const int64_t parts, const int64_t channels, const int n,
                    void* to, const DType dtype, const bool adds) {
  forEachItem(channels, [&](int64_t channel) {
    C sum = gathered<N>(partials, parts, channels, n, channel);
    if (adds) sum += loadOne<C>(to, dtype, channel);
    storeOne(to, dtype, channel, sum);
  });
}

/// to[c] = the channel's sum number n of N, of what launchChannelSums has left.
template <int N, class C>
void storeChannelSums(const Context& context, const ChannelView& view, const C* partials, int n,
                      const TensorView& to, Request request) {
  if (request == Request::kNull) return;
  launchItems(context, storeSumsKernel<N, C>, view.channels, partials,
              partsOf(context.device(), view).parts, view.channels, n, to.data, to.dtype,
              request == Request::kAdd);
}

/// From an element to its channel.
struct ChannelIndex {
  ChannelView view;
  Split split;

  explicit ChannelIndex(const ChannelView& v) : view(v), split(v.size(), v.channels, v.inner) {}
  __device__ __forceinline__ int64_t operator()(int64_t index) const { return split(index).middle; }
};

}  // namespace tenon::cuda
