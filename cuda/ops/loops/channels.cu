#include "ops/loops/channels.cuh"
#include "ops/loops/channels.h"

namespace tenon::cuda {
namespace {

/// Elements of a channel below which it is one block's.
constexpr int64_t kLeastPart = 4096;
/// Blocks per multiprocessor that are enough to fill it.
constexpr int64_t kEnoughBlocks = 8;

template <class C>
__global__ void __launch_bounds__(kThreads)
    spreadKernel(const ChannelIndex channel, const DType dtype, const void* bias, void* to,
                 const bool adds) {
  forEachItem(channel.view.size(), [&](int64_t i) {
    C value = adds ? loadOne<C>(to, dtype, i) : C(0);
    if (bias != nullptr) value += loadOne<C>(bias, dtype, channel(i));
    storeOne(to, dtype, i, value);
  });
}

}  // namespace

ChannelParts partsOf(int device, const ChannelView& view) {
  const int64_t blocks = view.inner == 1 ? (view.channels + 31) / 32 : view.channels;
  const int64_t most = kEnoughBlocks * multiprocessorsOf(device) / std::max<int64_t>(blocks, 1);
  const int64_t least = view.inner == 1 ? kLeastPart / 32 : kLeastPart;
  const int64_t all = view.perChannel();
  const int64_t parts = std::clamp<int64_t>(std::min((all + least - 1) / least, most), 1, 65535);
  return {.parts = parts, .part = (all + parts - 1) / parts};
}

void spreadBias(const Context& context, const ChannelView& view, DType dtype, const void* bias,
                void* to, bool adds) {
  if (adds && bias == nullptr) return;
  withCompute<false>(dtype, [&]<class C>(C) {
    launchItems(context, spreadKernel<C>, view.size(), ChannelIndex(view), dtype, bias, to, adds);
  });
}

size_t sumChannelsBytes(int device, DType dtype, const ChannelView& view) {
  return withCompute<false>(dtype, [&]<class C>(C) { return partialBytes<C, 1>(device, view); });
}

void sumChannels(const Context& context, const ChannelView& view, const TensorView& from,
                 const TensorView& to, Request request, void* workspace) {
  if (request == Request::kNull) return;
  withCompute<false>(from.dtype, [&]<class C>(C) {
    C* const partials = static_cast<C*>(workspace);
    launchChannelSums<C, 1>(context, view, partials, ChannelElement<C>{from.data, from.dtype});
    storeChannelSums<1>(context, view, partials, 0, to, request);
  });
}

}  // namespace tenon::cuda
