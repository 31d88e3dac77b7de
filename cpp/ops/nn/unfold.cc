#include "ops/nn/unfold.h"

#include <algorithm>

#include "base/parallel.h"

namespace tenon {
namespace {

/// Calls f(tap row of columns, offset of the channel's image, k0, k1, k2), in parallel over
/// channels.
template <class F>
void forEachTap(const ConvGeometry& g, F&& f) {
  parallelFor(g.in_channels / g.groups, 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      int64_t row = c * g.kernelSize();
      for (int64_t k0 = 0; k0 < g.kernel[0]; ++k0) {
        for (int64_t k1 = 0; k1 < g.kernel[1]; ++k1) {
          for (int64_t k2 = 0; k2 < g.kernel[2]; ++k2) f(row++, c * g.inSize(), k0, k1, k2);
        }
      }
    }
  });
}

/// The position on an axis that tap `k` of window `o` looks at; -1 outside.
int64_t positionOf(const ConvGeometry& g, size_t axis, int64_t o, int64_t k) {
  const int64_t position = o * g.stride[axis] - g.pad[axis] + k * g.dilate[axis];
  return position < g.in[axis] ? std::max<int64_t>(position, -1) : -1;
}

/// Calls f(column, offset in the image or -1) for every window.
template <class F>
void forEachWindow(const ConvGeometry& g, int64_t k0, int64_t k1, int64_t k2, F&& f) {
  int64_t column = 0;
  for (int64_t o0 = 0; o0 < g.out[0]; ++o0) {
    const int64_t i0 = positionOf(g, 0, o0, k0);
    for (int64_t o1 = 0; o1 < g.out[1]; ++o1) {
      const int64_t i1 = positionOf(g, 1, o1, k1);
      for (int64_t o2 = 0; o2 < g.out[2]; ++o2) {
        const int64_t i2 = positionOf(g, 2, o2, k2);
        const bool inside = i0 >= 0 && i1 >= 0 && i2 >= 0;
        f(column++, inside ? (i0 * g.in[1] + i1) * g.in[2] + i2 : -1);
      }
    }
  }
}

}  // namespace

void unfold(const ConvGeometry& g, const double* image, double* columns) {
  forEachTap(g, [&](int64_t row, int64_t channel, int64_t k0, int64_t k1, int64_t k2) {
    double* to = columns + row * g.outSize();
    const double* from = image + channel;
    forEachWindow(g, k0, k1, k2,
                  [=](int64_t column, int64_t at) { to[column] = at < 0 ? 0 : from[at]; });
  });
}

void foldAdd(const ConvGeometry& g, const double* columns, double* image) {
  forEachTap(g, [&](int64_t row, int64_t channel, int64_t k0, int64_t k1, int64_t k2) {
    const double* from = columns + row * g.outSize();
    double* to = image + channel;
    forEachWindow(g, k0, k1, k2, [=](int64_t column, int64_t at) {
      if (at >= 0) to[at] += from[column];
    });
  });
}

void addPerChannel(const double* bias, double* dst, const ConvGeometry& g) {
  for (int64_t i = 0; i < g.batch * g.out_channels; ++i) {
    double* plane = dst + i * g.outSize();
    for (int64_t j = 0; j < g.outSize(); ++j) plane[j] += bias[i % g.out_channels];
  }
}

void sumPerChannel(const double* dst, double* sums, const ConvGeometry& g) {
  std::fill_n(sums, g.out_channels, 0.0);
  for (int64_t i = 0; i < g.batch * g.out_channels; ++i) {
    const double* plane = dst + i * g.outSize();
    for (int64_t j = 0; j < g.outSize(); ++j) sums[i % g.out_channels] += plane[j];
  }
}

void channelsFirst(const double* from, double* to, int64_t n, int64_t channels, int64_t size) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t j = 0; j < size; ++j)
        to[(i * channels + c) * size + j] = from[(i * size + j) * channels + c];
    }
  }
}

void channelsLastAgain(const double* from, double* to, int64_t n, int64_t channels, int64_t size) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t j = 0; j < size; ++j)
        to[(i * size + j) * channels + c] = from[(i * channels + c) * size + j];
    }
  }
}

}  // namespace tenon
