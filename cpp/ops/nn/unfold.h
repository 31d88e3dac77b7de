// Windows of an image unfolded into the columns of a matrix and folded back: convolution as matrix
// products, in float64.
#pragma once

#include "ops/nn/conv_task.h"

namespace tenon {

/// columns[(c, k0, k1, k2)][(o0, o1, o2)] = image at that tap of that window, zero outside; for one
/// group's channels.
void unfold(const ConvGeometry& geometry, const double* image, double* columns);
/// The transpose of unfold: adds each column element to the image element that it came from.
void foldAdd(const ConvGeometry& geometry, const double* columns, double* image);

/// dst[n][c][…] += bias[c].
void addPerChannel(const double* bias, double* dst, const ConvGeometry& geometry);
/// sums[c] = the sum of dst[n][c][…].
void sumPerChannel(const double* dst, double* sums, const ConvGeometry& geometry);

/// (n, size, channels) to (n, channels, size), and back.
void channelsFirst(const double* from, double* to, int64_t n, int64_t channels, int64_t size);
void channelsLastAgain(const double* from, double* to, int64_t n, int64_t channels, int64_t size);

}  // namespace tenon
