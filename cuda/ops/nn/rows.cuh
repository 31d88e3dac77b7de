// Rows: the middle axis of (outer, n, inner), a team of threads each.
#pragma once

#include "device/pack.cuh"
#include "device/team.cuh"
#include "ops/nn/axis_view.h"

namespace tenon::cuda {

/// A team and its row.
template <int kOuts>
struct RowTeam : Team<kOuts> {
  bool exists;    ///< else there is no row left for the team
  int64_t first;  ///< index of the row's first element

  __device__ __forceinline__ explicit RowTeam(const AxisView& view)
      : exists(this->output < view.outer * view.inner),
        first(rowBegin(this->output, view.n, view.inner)) {}
};

/// The elements of a row as the team's threads share them out: each has slots of a pack's elements.
/// `packs`: rows are whole packs of neighbours that may be accessed at once; else a thread's
/// elements are as far apart as the team has threads.
template <class C, int kOuts>
struct RowSlots {
  static constexpr int N = kPack<C>;
  static constexpr int kEach = Team<kOuts>::kEach;

  int lane;
  int64_t n;  ///< elements; 0 for teams without a row
  bool packs;

  __device__ __forceinline__ RowSlots(const RowTeam<kOuts>& team, const AxisView& view, bool packs_)
      : lane(team.lane), n(team.exists ? view.n : 0), packs(packs_) {}

  /// Slots that are anybody's.
  __device__ __forceinline__ int64_t slots() const { return (n + kEach * N - 1) / (kEach * N); }
  /// Where in the row element j of a slot stands; elements at n and beyond do not exist.
  __device__ __forceinline__ int64_t at(int64_t slot, int j) const {
    return packs ? (slot * kEach + lane) * N + j : (slot * N + j) * kEach + lane;
  }
  /// Elements that do not exist are 0.
  __device__ __forceinline__ void load(C (&to)[N], const void* data, DType dtype, int64_t first,
                                       int64_t step, int64_t slot) const {
    withReal(dtype, [&]<class S>(S) {
      const S* from = static_cast<const S*>(data) + first;
      if (packs && at(slot, 0) < n) return loadWhole(to, from + at(slot, 0));
#pragma unroll
      for (int j = 0; j < N; ++j) {
        const int64_t i = at(slot, j);
        to[j] = i < n ? convert<C>(from[i * step]) : C(0);
      }
    });
  }
  __device__ __forceinline__ void store(void* data, DType dtype, const C (&from)[N], int64_t first,
                                        int64_t step, int64_t slot) const {
    withReal(dtype, [&]<class S>(S) {
      S* to = static_cast<S*>(data) + first;
      if (packs && at(slot, 0) < n) return storeWhole(to + at(slot, 0), from);
#pragma unroll
      for (int j = 0; j < N; ++j) {
        const int64_t i = at(slot, j);
        if (i < n) to[i * step] = convert<S>(from[j]);
      }
    });
  }

 private:
  template <class F>
  __device__ static __forceinline__ void withReal(DType dtype, F&& body) {
    if constexpr (std::is_same_v<C, double>) {
      body(double{});
    } else {
      withStored<C>(dtype, body);
    }
  }
};

/// Calls launch.operator()<kOuts, kSlots>() with as many teams to a block as suit the rows and as
/// many slots as a row fills; 0 slots: more than threads keep in registers.
template <class C, class F>
void withRows(const AxisView& view, F&& launch) {
  constexpr int64_t kWarp = int64_t{32} * kPack<C>;
  constexpr int64_t kBlock = int64_t{kThreads} * kPack<C>;
  if (view.inner != 1) return launch.template operator()<32, 0>();
  if (view.n <= kWarp) return launch.template operator()<8, 1>();
  if (view.n <= 4 * kWarp) return launch.template operator()<8, 4>();
  if (view.n <= kBlock) return launch.template operator()<1, 1>();
  if (view.n <= 4 * kBlock) return launch.template operator()<1, 4>();
  launch.template operator()<1, 0>();
}

}  // namespace tenon::cuda
