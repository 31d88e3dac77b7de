// A value for each channel: bias added, sums taken. Arrays are seen as (outer, channels, inner).
#pragma once

#include "ops/nn/channel_view.h"
#include "runtime/kernel.h"

namespace tenon::cuda {

/// to = bias per channel (null: 0), added to what is there with `adds`. All of one floating dtype.
void spreadBias(const Context& context, const ChannelView& view, DType dtype, const void* bias,
                void* to, bool adds);

/// Scratch memory that sumChannels needs.
size_t sumChannelsBytes(int device, DType dtype, const ChannelView& view);
/// to[c] = the sum of the channel's elements.
void sumChannels(const Context& context, const ChannelView& view, const TensorView& from,
                 const TensorView& to, Request request, void* workspace);

}  // namespace tenon::cuda
