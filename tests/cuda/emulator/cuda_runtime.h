// What device code is written in, for g++: the words of the language, the built-in variables, the
// functions of a block and of a warp. Of warps and blocks only what our kernels use is here.
#pragma once

#include <math.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <tuple>

#include "cuda_runtime_api.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
// Blocks of a stream run one after the other on its thread.
#define __shared__ static thread_local
#define __restrict__ __restrict

struct dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct alignas(8) uint2 {
  uint32_t x, y;
};
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};

inline constinit thread_local dim3 threadIdx{0, 0, 0};
inline constinit thread_local dim3 blockIdx{0, 0, 0};
inline constinit thread_local dim3 blockDim{1, 1, 1};
inline constinit thread_local dim3 gridDim{1, 1, 1};
inline constexpr int warpSize = 32;

namespace tenon::cuda::emulator {

/// Issues `thread`, to be called for each thread of the grid with the variables above set. `meet`:
/// the threads of a block wait for each other.
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, size_t shared, bool meet,
                   std::function<void()> thread);
/// The same for a kernel, which `run` calls with its parameters; what it touches is watched (see
/// checker.h).
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, size_t shared, bool meet,
                   void (*run)(const void* parameters), std::shared_ptr<const void> parameters,
                   size_t bytes);

template <class... P>
cudaError_t launchKernel(cudaStream_t stream, dim3 grid, dim3 block, size_t shared, bool meet,
                         void (*kernel)(P...), std::tuple<P...> parameters) {
  struct Call {
    void (*kernel)(P...);
    std::tuple<P...> parameters;
  };
  return launch(
      stream, grid, block, shared, meet,
      [](const void* data) {
        const Call& call = *static_cast<const Call*>(data);
        std::apply(call.kernel, call.parameters);
      },
      std::make_shared<const Call>(kernel, std::move(parameters)), sizeof(Call));
}

/// The block's dynamic shared memory.
void* dynamicShared() noexcept;
/// All threads of the block that still run meet here; the same for those of a warp.
void meetBlock();
void meetWarp();
/// The warp's slots, one of 16 bytes for each lane, and this thread's lane.
unsigned char* warpSlots() noexcept;
int lane() noexcept;
/// Lanes of this warp whose threads still run.
unsigned activeLanes() noexcept;

/// For what a device does in registers and the emulator in memory: not watched.
#define TENON_REGISTERS __attribute__((noinline, no_sanitize("thread")))

/// Each lane gives a value and reads that of lane `from`.
template <class T>
TENON_REGISTERS T exchange(T value, int from) {
  static_assert(sizeof(T) <= 16);
  std::memcpy(warpSlots() + 16 * lane(), &value, sizeof(T));
  meetWarp();
  T result;
  std::memcpy(&result, warpSlots() + 16 * from, sizeof(T));
  meetWarp();
  return result;
}

}  // namespace tenon::cuda::emulator

inline void __syncthreads() { tenon::cuda::emulator::meetBlock(); }
inline void __syncwarp(unsigned = ~0u) { tenon::cuda::emulator::meetWarp(); }

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask, int = 32) {
  return tenon::cuda::emulator::exchange(value, tenon::cuda::emulator::lane() ^ mask);
}
template <class T>
T __shfl_sync(unsigned, T value, int from, int = 32) {
  return tenon::cuda::emulator::exchange(value, from);
}
template <class T>
T __shfl_down_sync(unsigned, T value, unsigned by, int = 32) {
  const int from = tenon::cuda::emulator::lane() + static_cast<int>(by);
  return tenon::cuda::emulator::exchange(value, from < 32 ? from : tenon::cuda::emulator::lane());
}
template <class T>
T __shfl_up_sync(unsigned, T value, unsigned by, int = 32) {
  const int from = tenon::cuda::emulator::lane() - static_cast<int>(by);
  return tenon::cuda::emulator::exchange(value, from >= 0 ? from : tenon::cuda::emulator::lane());
}
inline unsigned __ballot_sync(unsigned, int predicate) {
  unsigned result = 0;
  for (int i = 0; i < 32; ++i) {
    const int other = tenon::cuda::emulator::exchange(predicate, i);
    if (other != 0 && (tenon::cuda::emulator::activeLanes() >> i & 1) != 0) result |= 1u << i;
  }
  return result;
}
/// The lanes that give the same value.
TENON_REGISTERS inline unsigned __match_any_sync(unsigned, int value) {
  using namespace tenon::cuda::emulator;
  unsigned char* const slots = warpSlots();
  std::memcpy(slots + 16 * lane(), &value, sizeof value);
  meetWarp();
  unsigned result = 0;
  for (int i = 0; i < 32; ++i) {
    int other;
    std::memcpy(&other, slots + 16 * i, sizeof other);
    if (other == value) result |= 1u << i;
  }
  result &= activeLanes();
  meetWarp();
  return result;
}
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }

inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<uint64_t>(a) * b >> 32);
}
inline uint64_t __umul64hi(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>(static_cast<Wide>(a) * b >> 64);
}
inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }
inline unsigned __float_as_uint(float value) { return std::bit_cast<unsigned>(value); }
inline int __float_as_int(float value) { return std::bit_cast<int>(value); }
inline float __int_as_float(int bits) { return std::bit_cast<float>(bits); }
inline long long __double_as_longlong(double value) { return std::bit_cast<long long>(value); }
inline double __longlong_as_double(long long bits) { return std::bit_cast<double>(bits); }
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline double rsqrt(double x) { return 1.0 / sqrt(x); }
inline void sincospif(float x, float* sine, float* cosine) {
  *sine = static_cast<float>(sin(3.14159265358979323846 * x));
  *cosine = static_cast<float>(cos(3.14159265358979323846 * x));
}
template <class T>
T __ldg(const T* from) {
  return *from;
}

// Other streams' threads may add too.
template <class T>
T atomicAdd(T* to, T value) {
  if constexpr (std::is_integral_v<T>) {
    return __atomic_fetch_add(to, value, __ATOMIC_RELAXED);
  } else {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    Bits* const bits = reinterpret_cast<Bits*>(to);
    Bits before = __atomic_load_n(bits, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(bits, &before,
                                        std::bit_cast<Bits>(std::bit_cast<T>(before) + value), true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return std::bit_cast<T>(before);
  }
}
template <class T>
T atomicCAS(T* at, T expected, T desired) {
  __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
