// Pooling and its gradient: a thread for each result, or for each element of the data, which
// gathers from the windows that it belongs to. So nothing is added by several threads.
#include "device/pack.cuh"
#include "ops/elementwise/map.cuh"
#include "ops/nn/pooling_params.h"

namespace tenon::cuda {
namespace {

struct PoolArgs {
  PoolGeometry g;
  const void* dy;
  const void* x;
  const void* y;
  void* to;
  DType dtype;
};

/// A position: image, channel, three spatial indices.
struct Place {
  int64_t image, channel, at[3];
};

__device__ __forceinline__ Place placeOf(const PoolGeometry& g,
                                         const std::array<int64_t, 3>& extents, int64_t index) {
  Place place;
  int64_t rest = index;
  if (g.channels_last) {
    place.channel = rest % g.channels;
    rest /= g.channels;
  }
  for (int axis = 2; axis >= 0; --axis) {
    place.at[axis] = rest % extents[axis];
    rest /= extents[axis];
  }
  if (!g.channels_last) {
    place.channel = rest % g.channels;
    rest /= g.channels;
  }
  place.image = rest;
  return place;
}

__device__ __forceinline__ int64_t indexOf(const PoolGeometry& g,
                                           const std::array<int64_t, 3>& extents, int64_t image,
                                           int64_t channel, int64_t i0, int64_t i1, int64_t i2) {
  const int64_t plane = g.channels_last ? image : image * g.channels + channel;
  const int64_t at = ((plane * extents[0] + i0) * extents[1] + i1) * extents[2] + i2;
  return g.channels_last ? at * g.channels + channel : at;
}

/// Calls f(index of the element) for the elements of window (o0, o1, o2), in the order of its taps,
/// until f returns false.
template <class F>
__device__ __forceinline__ void forEachElement(const PoolGeometry& g, const Place& o, F&& f) {
  for (int64_t k0 = 0; k0 < g.kernel[0]; ++k0) {
    const int64_t i0 = o.at[0] * g.stride[0] - g.pad[0] + k0;
    if (i0 < 0 || i0 >= g.in[0]) continue;
    for (int64_t k1 = 0; k1 < g.kernel[1]; ++k1) {
      const int64_t i1 = o.at[1] * g.stride[1] - g.pad[1] + k1;
      if (i1 < 0 || i1 >= g.in[1]) continue;
      for (int64_t k2 = 0; k2 < g.kernel[2]; ++k2) {
        const int64_t i2 = o.at[2] * g.stride[2] - g.pad[2] + k2;
        if (i2 < 0 || i2 >= g.in[2]) continue;
        if (!f(indexOf(g, g.in, o.image, o.channel, i0, i1, i2))) return;
      }
    }
  }
}

template <class C>
__global__ void __launch_bounds__(kThreads) poolKernel(const PoolArgs args, int64_t size) {
  const PoolGeometry& g = args.g;
  forEachItem(size, [&](int64_t index) {
    const Place o = placeOf(g, g.out, index);
    const int64_t divisor = divisorOf(g, o.at[0], o.at[1], o.at[2]);
    C result = g.type == PoolType::kMax ? std::numeric_limits<C>::lowest() : C(0);
    forEachElement(g, o, [&](int64_t element) {
      const C x = loadOne<C>(args.x, args.dtype, element);
      if (g.type == PoolType::kMax) {
        result = x > result ? x : result;
      } else {
        result += g.type == PoolType::kLp ? raise(x, g.power) : x;
      }
      return true;
    });
    if (divisor == 0) {
      result = C(0);
    } else if (g.type == PoolType::kAvg) {
      result /= static_cast<C>(divisor);
    } else if (g.type == PoolType::kLp && g.power > 1) {
      result = g.power == 2 ? sqrt(result) : cbrt(result);
    }
    storeOne(args.to, args.dtype, index, result);
  });
}

/// What window `o`, with result index `at`, gives to the element `own`.
template <class C>
__device__ __forceinline__ C shareOf(const PoolArgs& args, const Place& o, int64_t at, int64_t own,
                                     C x) {
  const PoolGeometry& g = args.g;
  const C dy = loadOne<C>(args.dy, args.dtype, at);
  if (g.type == PoolType::kMax) {
    if (x != loadOne<C>(args.y, args.dtype, at)) return C(0);
    // The first of the largest elements takes all.
    int64_t first = own;
    forEachElement(g, o, [&](int64_t element) {
      if (loadOne<C>(args.x, args.dtype, element) != x) return true;
      first = element;
      return false;
    });
    return first == own ? dy : C(0);
  }
  if (g.type == PoolType::kAvg) {
    const int64_t divisor = divisorOf(g, o.at[0], o.at[1], o.at[2]);
    return dy / static_cast<C>(divisor > 1 ? divisor : 1);
  }
  if (g.type == PoolType::kLp && g.power > 1) {
    const C y = loadOne<C>(args.y, args.dtype, at);
    return y == C(0) ? C(0) : dy * raise(x, g.power - 1) / raise(y, g.power - 1);
  }
  return dy;
}

/// The windows along an axis that element i belongs to: [first, last].
__device__ __forceinline__ int64_t firstWindow(const PoolGeometry& g, int axis, int64_t i) {
  const int64_t from = i + g.pad[axis] - g.kernel[axis] + 1;
  return from <= 0 ? 0 : (from + g.stride[axis] - 1) / g.stride[axis];
}
__device__ __forceinline__ int64_t lastWindow(const PoolGeometry& g, int axis, int64_t i) {
  const int64_t last = (i + g.pad[axis]) / g.stride[axis];
  return last < g.out[axis] ? last : g.out[axis] - 1;
}

template <class C>
__global__ void __launch_bounds__(kThreads) poolGradientKernel(const PoolArgs args, int64_t size) {
  const PoolGeometry& g = args.g;
  forEachItem(size, [&](int64_t own) {
    const Place i = placeOf(g, g.in, own);
    const C x = loadOne<C>(args.x, args.dtype, own);
    C dx = 0;
    Place o{i.image, i.channel, {0, 0, 0}};
    for (o.at[0] = firstWindow(g, 0, i.at[0]); o.at[0] <= lastWindow(g, 0, i.at[0]); ++o.at[0]) {
      for (o.at[1] = firstWindow(g, 1, i.at[1]); o.at[1] <= lastWindow(g, 1, i.at[1]); ++o.at[1]) {
        for (o.at[2] = firstWindow(g, 2, i.at[2]); o.at[2] <= lastWindow(g, 2, i.at[2]);
             ++o.at[2]) {
          const int64_t at = indexOf(g, g.out, o.image, o.channel, o.at[0], o.at[1], o.at[2]);
          dx += shareOf(args, o, at, own, x);
        }
      }
    }
    storeOne(args.to, args.dtype, own, dx);
  });
}

/// The inference of shapes has checked everything: what is left is to put the axes in order.
PoolGeometry geometryOf(const PoolingParams& p, const Shape& data, const Shape& result) {
  PoolGeometry g;
  const int spatial = data.rank() - 2;
  g.channels_last = isChannelsLast(p.layout);
  g.batch = data[0];
  g.channels = data[g.channels_last ? spatial + 1 : 1];
  g.type = p.pool_type;
  g.power = p.p_value.has ? p.p_value.value : 2;
  g.count_pad = !p.count_include_pad.has || p.count_include_pad.value;
  for (int i = 0; i < spatial; ++i) {
    const int axis = g.channels_last ? 1 + i : 2 + i;
    const auto to = static_cast<size_t>(3 - spatial + i);
    g.in[to] = data[axis];
    g.out[to] = result[axis];
    g.kernel[to] = p.global_pool ? g.in[to] : p.kernel[i];
    g.stride[to] = p.global_pool || p.stride.rank() == 0 ? 1 : p.stride[i];
    g.pad[to] = p.global_pool || p.pad.rank() == 0 ? 0 : p.pad[i];
    if (!p.global_pool && p.pooling_convention == PoolingConvention::kSame) {
      const int64_t covered = (g.out[to] - 1) * g.stride[to] + g.kernel[to];
      g.pad[to] = std::max<int64_t>(0, covered - g.in[to]) / 2;
    }
  }
  return g;
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const PoolArgs args{.g = geometryOf(context.params<PoolingParams>(), in[0].shape, out[0].shape),
                      .dy = nullptr,
                      .x = in[0].data,
                      .y = nullptr,
                      .to = out[0].data,
                      .dtype = in[0].dtype};
  withCompute<false>(args.dtype, [&]<class C>(C) {
    launchItems(context, poolKernel<C>, out[0].size(), args, out[0].size());
  });
}

// dY, data, Y -> dX
void runBackward(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const PoolArgs args{.g = geometryOf(context.params<PoolingParams>(), in[1].shape, in[2].shape),
                      .dy = in[0].data,
                      .x = in[1].data,
                      .y = in[2].data,
                      .to = out[0].data,
                      .dtype = in[1].dtype};
  withCompute<false>(args.dtype, [&]<class C>(C) {
    launchItems(context, poolGradientKernel<C>, out[0].size(), args, out[0].size());
  });
}

const KernelRegistration kKernels = {
    {"Pooling", {.run = runForward, .adds = false}},
    {"_backward_Pooling", {.run = runBackward, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
