#include "ops/nn/pooling_loops.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/parallel.h"

namespace tenon {
namespace {

/// Elements of work that make a thread worth while.
constexpr int64_t kWorkFloor = 32768;

int64_t ceilDivide(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

/// Windows [first, last) along an axis for which tap k lies inside.
struct Reach {
  int64_t first, last;
};
Reach reachOf(const PoolGeometry& g, size_t axis, int64_t k) {
  const int64_t first = std::max<int64_t>(0, ceilDivide(g.pad[axis] - k, g.stride[axis]));
  const int64_t room = g.in[axis] - 1 + g.pad[axis] - k;
  const int64_t last = room < 0 ? 0 : std::min(g.out[axis], room / g.stride[axis] + 1);
  return {first, last};
}

/// One row of windows (n, o0, o1) and what lies below it. With channels first a row has one
/// channel.
struct Row {
  int64_t o0, o1;
  int64_t in;   ///< offset of the image or plane that the windows look at
  int64_t out;  ///< offset of the row's first result
};

/// Calls f(row) for each row of image or plane `index`.
template <class F>
void forEachRow(const PoolGeometry& g, int64_t width, int64_t index, F&& f) {
  for (int64_t o0 = 0; o0 < g.out[0]; ++o0) {
    for (int64_t o1 = 0; o1 < g.out[1]; ++o1) {
      f(Row{o0, o1, index * g.inSize() * width,
            (index * g.outSize() + (o0 * g.out[1] + o1) * g.out[2]) * width});
    }
  }
}

/// Calls f(reach, offset): windows `reach` of the row have an element at in + offset +
/// o2·stride·width.
template <class F>
void forEachTap(const PoolGeometry& g, int64_t width, const Row& row, F&& f) {
  for (int64_t k0 = 0; k0 < g.kernel[0]; ++k0) {
    const int64_t i0 = row.o0 * g.stride[0] - g.pad[0] + k0;
    if (i0 < 0 || i0 >= g.in[0]) continue;
    for (int64_t k1 = 0; k1 < g.kernel[1]; ++k1) {
      const int64_t i1 = row.o1 * g.stride[1] - g.pad[1] + k1;
      if (i1 < 0 || i1 >= g.in[1]) continue;
      for (int64_t k2 = 0; k2 < g.kernel[2]; ++k2) {
        f(reachOf(g, 2, k2), row.in + ((i0 * g.in[1] + i1) * g.in[2] + k2 - g.pad[2]) * width);
      }
    }
  }
}

/// Calls f(index of the result in its row, offset of the element) for the windows of one tap. The
/// loop over channels, or over windows if there is one channel, is the one that vectorises.
template <bool wide, class F>
inline void overWindows(const Reach& reach, int64_t stride, int64_t width, int64_t offset, F&& f) {
  if constexpr (wide) {
    for (int64_t o = reach.first; o < reach.last; ++o) {
      const int64_t result = o * width;
      const int64_t element = offset + o * stride * width;
#pragma GCC ivdep
      for (int64_t c = 0; c < width; ++c) f(result + c, element + c);
    }
  } else if (stride == 2) {
#pragma GCC ivdep
    for (int64_t o = reach.first; o < reach.last; ++o) f(o, offset + o * 2);
  } else {
#pragma GCC ivdep
    for (int64_t o = reach.first; o < reach.last; ++o) f(o, offset + o * stride);
  }
}

template <bool wide, class T>
void forwardRow(const PoolGeometry& g, int64_t width, const Row& row, const T* data, T* out) {
  T* result = out + row.out;
  const int64_t count = g.out[2] * width;
  std::fill_n(result, count, g.type == PoolType::kMax ? std::numeric_limits<T>::lowest() : T(0));
  forEachTap(g, width, row, [&](const Reach& reach, int64_t offset) {
    if (g.type == PoolType::kMax) {
      overWindows<wide>(reach, g.stride[2], width, offset, [=](int64_t r, int64_t e) {
        result[r] = data[e] > result[r] ? data[e] : result[r];
      });
    } else if (g.type == PoolType::kLp) {
      overWindows<wide>(
          reach, g.stride[2], width, offset,
          [=, power = g.power](int64_t r, int64_t e) { result[r] += raise(data[e], power); });
    } else {
      overWindows<wide>(reach, g.stride[2], width, offset,
                        [=](int64_t r, int64_t e) { result[r] += data[e]; });
    }
  });
  for (int64_t o2 = 0; o2 < g.out[2]; ++o2) {
    T* window = result + o2 * width;
    const int64_t divisor = divisorOf(g, row.o0, row.o1, o2);
    if (divisor == 0) {
      std::fill_n(window, width, T(0));
    } else if (g.type == PoolType::kAvg) {
      for (int64_t c = 0; c < width; ++c) window[c] /= static_cast<T>(divisor);
    } else if (g.type == PoolType::kLp && g.power > 1) {
      for (int64_t c = 0; c < width; ++c)
        window[c] = g.power == 2 ? std::sqrt(window[c]) : std::cbrt(window[c]);
    }
  }
}

template <bool wide, class T>
void backwardRow(const PoolGeometry& g, int64_t width, const Row& row, bool assign, const T* dy,
                 const T* data, const T* out, T* dx, std::vector<T>& left) {
  const int64_t count = g.out[2] * width;
  const T* result = out + row.out;
  // What each window still has to give: all of it to its first largest element, or its share to
  // each.
  left.assign(dy + row.out, dy + row.out + count);
  T* rest = left.data();
  for (int64_t o2 = 0; g.type == PoolType::kAvg && o2 < g.out[2]; ++o2) {
    const auto divisor = static_cast<T>(std::max<int64_t>(1, divisorOf(g, row.o0, row.o1, o2)));
    for (int64_t c = 0; c < width; ++c) rest[o2 * width + c] /= divisor;
  }
  forEachTap(g, width, row, [&](const Reach& reach, int64_t offset) {
    if (g.type == PoolType::kMax && assign) {
      overWindows<wide>(reach, g.stride[2], width, offset, [=](int64_t r, int64_t e) {
        const bool largest = data[e] == result[r];
        const T given = rest[r];
        dx[e] = largest ? given : T(0);
        rest[r] = largest ? T(0) : given;
      });
    } else if (g.type == PoolType::kMax) {
      overWindows<wide>(reach, g.stride[2], width, offset, [=](int64_t r, int64_t e) {
        const bool largest = data[e] == result[r];
        const T given = rest[r];
        dx[e] += largest ? given : T(0);
        rest[r] = largest ? T(0) : given;
      });
    } else if (g.type == PoolType::kLp && g.power > 1) {
      overWindows<wide>(
          reach, g.stride[2], width, offset, [=, power = g.power](int64_t r, int64_t e) {
            dx[e] += result[r] == T(0)
                         ? T(0)
                         : rest[r] * raise(data[e], power - 1) / raise(result[r], power - 1);
          });
    } else {
      overWindows<wide>(reach, g.stride[2], width, offset,
                        [=](int64_t r, int64_t e) { dx[e] += rest[r]; });
    }
  });
}

/// True if every element of the data belongs to exactly one window.
bool tiles(const PoolGeometry& g) {
  for (size_t i = 0; i < 3; ++i) {
    if (g.stride[i] != g.kernel[i] || g.pad[i] != 0 || g.out[i] * g.stride[i] != g.in[i])
      return false;
  }
  return true;
}

/// Max over tiles of 2 by 2, the most common window, without padding: a plane's rows in pairs.
template <class T>
void backwardTiles2x2(const PoolGeometry& g, int64_t plane, const T* dy, const T* data,
                      const T* out, T* dx) {
  const int64_t width = g.in[2];
  const int64_t windows = g.out[2];
  for (int64_t row = 0; row < g.in[0] * g.out[1]; ++row) {
    const int64_t result = plane * g.outSize() + row * windows;
    const int64_t element = plane * g.inSize() + 2 * row * width;
    const T* const y = out + result;
    const T* const given = dy + result;
    const T* const upper = data + element;
    const T* const lower = upper + width;
    T* const to_upper = dx + element;
    T* const to_lower = to_upper + width;
#pragma GCC ivdep
    for (int64_t o = 0; o < windows; ++o) {
      // The first largest element takes all.
      const bool first = upper[2 * o] == y[o];
      const bool second = upper[2 * o + 1] == y[o];
      const bool third = lower[2 * o] == y[o];
      const bool fourth = lower[2 * o + 1] == y[o];
      to_upper[2 * o] = first ? given[o] : T(0);
      to_upper[2 * o + 1] = !first & second ? given[o] : T(0);
      to_lower[2 * o] = !(first | second) & third ? given[o] : T(0);
      to_lower[2 * o + 1] = !(first | second | third) & fourth ? given[o] : T(0);
    }
  }
}

bool isTiles2x2(const PoolGeometry& g) {
  return !g.channels_last && tiles(g) && g.kernel == std::array<int64_t, 3>{1, 2, 2};
}

}  // namespace

template <class T>
void poolForward(const PoolGeometry& g, const T* data, T* out) {
  const int64_t width = g.channels_last ? g.channels : 1;
  const int64_t planes = g.channels_last ? g.batch : g.batch * g.channels;
  const int64_t work =
      std::max<int64_t>(1, g.outSize() * width * g.kernel[0] * g.kernel[1] * g.kernel[2]);
  parallelFor(planes, std::max<int64_t>(1, kWorkFloor / work), [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      forEachRow(g, width, index, [&](const Row& row) {
        g.channels_last ? forwardRow<true>(g, width, row, data, out)
                        : forwardRow<false>(g, width, row, data, out);
      });
    }
  });
}

template <class T>
void poolBackward(const PoolGeometry& g, const T* dy, const T* data, const T* out, T* dx) {
  const int64_t width = g.channels_last ? g.channels : 1;
  const int64_t planes = g.channels_last ? g.batch : g.batch * g.channels;
  const int64_t work =
      std::max<int64_t>(1, g.outSize() * width * g.kernel[0] * g.kernel[1] * g.kernel[2]);
  const bool assign = g.type == PoolType::kMax && tiles(g);
  if (assign && isTiles2x2(g)) {
    parallelFor(planes, std::max<int64_t>(1, kWorkFloor / work), [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        backwardTiles2x2(g, plane, dy, data, out, dx);
      }
    });
    return;
  }
  parallelFor(planes, std::max<int64_t>(1, kWorkFloor / work), [&](int64_t begin, int64_t end) {
    std::vector<T> left;
    for (int64_t index = begin; index < end; ++index) {
      if (!assign) std::fill_n(dx + index * g.inSize() * width, g.inSize() * width, T(0));
      forEachRow(g, width, index, [&](const Row& row) {
        g.channels_last ? backwardRow<true>(g, width, row, assign, dy, data, out, dx, left)
                        : backwardRow<false>(g, width, row, assign, dy, data, out, dx, left);
      });
    }
  });
}

template void poolForward(const PoolGeometry&, const float*, float*);
template void poolForward(const PoolGeometry&, const double*, double*);
template void poolBackward(const PoolGeometry&, const float*, const float*, const float*, float*);
template void poolBackward(const PoolGeometry&, const double*, const double*, const double*,
                           double*);

}  // namespace tenon
