// Packs: a few consecutive elements in registers, read and written 16 bytes at a time.
//
// Kernels are compiled for the type they compute in; what is stored as another type is converted on
// the way, by a switch that all threads of a launch take alike. So a function costs one or two
// kernels instead of one for each type.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/convert.cuh"

namespace tenon::cuda {

/// Elements of a pack by the type computed in: 32 bytes of it, so that a pack of float16 is 16.
template <class C>
inline constexpr int kPack = 32 / sizeof(C);

/// Which stored types kernels that compute in C read and write: for float the floating ones but
/// double, for int32_t the narrower integers, for double all (integers of functions without an
/// integer form), for int64_t its own and bool.
template <class C>
inline constexpr bool kStoresHalf = std::is_same_v<C, float>;
template <class C>
inline constexpr bool kStoresSmall = std::is_same_v<C, int32_t> || std::is_same_v<C, double>;

/// Calls body(S{}) with the type of the elements stored, of those that go with C; the host has
/// checked that it is one.
template <class C, class F>
__device__ __forceinline__ void withStored(DType dtype, F&& body) {
  if constexpr (kStoresHalf<C>) {
    if (dtype == DType::kFloat16) return body(Float16{});
    if (dtype == DType::kBFloat16) return body(BFloat16{});
    return body(float{});
  } else if constexpr (std::is_same_v<C, int64_t>) {
    if (dtype == DType::kBool) return body(bool{});
    return body(int64_t{});
  } else {
    switch (dtype) {
      case DType::kInt8:
        return body(int8_t{});
      case DType::kUInt8:
        return body(uint8_t{});
      case DType::kBool:
        return body(bool{});
      case DType::kInt32:
        return body(int32_t{});
      default:
        if constexpr (std::is_same_v<C, double>) {
          if (dtype == DType::kInt64) return body(int64_t{});
          if (dtype == DType::kFloat32) return body(float{});
          return body(double{});
        }
    }
  }
}

/// True if kernels that compute in C can read and write `dtype`.
template <class C>
constexpr bool stores(DType dtype) {
  if constexpr (kStoresHalf<C>) {
    return isFloating(dtype) && dtype != DType::kFloat64;
  } else if constexpr (std::is_same_v<C, int64_t>) {
    return dtype == DType::kInt64 || dtype == DType::kBool;
  } else {
    const bool small = dtype == DType::kInt8 || dtype == DType::kUInt8 || dtype == DType::kBool ||
                       dtype == DType::kInt32;
    return small ||
           (std::is_same_v<C, double> &&
            (dtype == DType::kInt64 || dtype == DType::kFloat32 || dtype == DType::kFloat64));
  }
}

/// Calls body(C{}) with the type to compute in; `kIntegers`: integers as such, else in double.
template <bool kIntegers, class F>
auto withCompute(DType dtype, F&& body) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat16:
    case DType::kBFloat16:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    default:
      if constexpr (kIntegers) {
        return dtype == DType::kInt64 ? body(int64_t{}) : body(int32_t{});
      } else {
        return body(double{});
      }
  }
}

/// What the hardware reads and writes at once.
template <int kBytes>
struct AccessOf;
template <>
struct AccessOf<1> {
  using Type = uint8_t;
};
template <>
struct AccessOf<2> {
  using Type = uint16_t;
};
template <>
struct AccessOf<4> {
  using Type = uint32_t;
};
template <>
struct AccessOf<8> {
  using Type = uint2;
};
template <>
struct AccessOf<16> {
  using Type = uint4;
};

/// So many elements of S as accesses of at most 16 bytes each.
template <class S, int N>
struct PackBits {
  static constexpr int kBytes = static_cast<int>(sizeof(S)) * N;
  static constexpr int kAccess = kBytes < 16 ? kBytes : 16;
  using Access = typename AccessOf<kAccess>::Type;
  union {
    Access accesses[kBytes / kAccess];
    S elements[N];
  };
  __device__ PackBits() {}
};

/// Whether packs of `count` elements may be read and written at once from `data` on.
inline bool isAlignedFor(const void* data, DType dtype, int64_t count) {
  const uint64_t bytes = sizeOf(dtype) * static_cast<uint64_t>(count);
  return reinterpret_cast<uintptr_t>(data) % (bytes < 16 ? bytes : 16) == 0;
}
template <class C>
bool isPackAligned(const void* data, DType dtype) {
  return isAlignedFor(data, dtype, kPack<C>);
}

template <class S, class C, int N>
__device__ __forceinline__ void loadWhole(C (&to)[N], const S* from) {
  PackBits<S, N> pack;
  using Access = typename PackBits<S, N>::Access;
#pragma unroll
  for (int i = 0; i < PackBits<S, N>::kBytes / PackBits<S, N>::kAccess; ++i)
    pack.accesses[i] = reinterpret_cast<const Access*>(from)[i];
#pragma unroll
  for (int i = 0; i < N; ++i) to[i] = convert<C>(pack.elements[i]);
}

template <class S, class C, int N>
__device__ __forceinline__ void storeWhole(S* to, const C (&from)[N]) {
  PackBits<S, N> pack;
  using Access = typename PackBits<S, N>::Access;
#pragma unroll
  for (int i = 0; i < N; ++i) pack.elements[i] = convert<S>(from[i]);
#pragma unroll
  for (int i = 0; i < PackBits<S, N>::kBytes / PackBits<S, N>::kAccess; ++i)
    reinterpret_cast<Access*>(to)[i] = pack.accesses[i];
}

/// Loads `count` (at most N) elements from index `first` on; `whole`: N of them, aligned.
template <class C, int N>
__device__ __forceinline__ void loadPack(C (&to)[N], const void* data, DType dtype, int64_t first,
                                         int64_t count, bool whole) {
  withStored<C>(dtype, [&]<class S>(S) {
    const S* from = static_cast<const S*>(data) + first;
    if (whole) {
      loadWhole(to, from);
    } else {
#pragma unroll
      for (int i = 0; i < N; ++i) to[i] = i < count ? convert<C>(from[i]) : C{};
    }
  });
}

template <class C, int N>
__device__ __forceinline__ void storePack(void* data, DType dtype, const C (&from)[N],
                                          int64_t first, int64_t count, bool whole) {
  withStored<C>(dtype, [&]<class S>(S) {
    S* to = static_cast<S*>(data) + first;
    if (whole) {
      storeWhole(to, from);
    } else {
#pragma unroll
      for (int i = 0; i < N; ++i) {
        if (i < count) to[i] = convert<S>(from[i]);
      }
    }
  });
}

/// Calls body(S{}) with the type of the elements, whichever it is: for kernels that read or write
/// few of them.
template <class F>
__device__ __forceinline__ void withAnyStored(DType dtype, F&& body) {
  switch (dtype) {
    case DType::kFloat64:
      return body(double{});
    case DType::kFloat16:
      return body(Float16{});
    case DType::kBFloat16:
      return body(BFloat16{});
    case DType::kUInt8:
      return body(uint8_t{});
    case DType::kInt8:
      return body(int8_t{});
    case DType::kInt32:
      return body(int32_t{});
    case DType::kInt64:
      return body(int64_t{});
    case DType::kBool:
      return body(bool{});
    default:
      return body(float{});
  }
}

/// Stores one element, whatever its type, or adds it to what is there.
template <class A>
__device__ __forceinline__ void storeAny(void* data, DType dtype, int64_t index, A value,
                                         bool adds) {
  withAnyStored(dtype, [&]<class S>(S) {
    S* to = static_cast<S*>(data) + index;
    *to = convert<S>(adds ? static_cast<A>(convert<A>(*to) + value) : value);
  });
}
template <class A>
__device__ __forceinline__ A loadAny(const void* data, DType dtype, int64_t index) {
  A value{};
  withAnyStored(dtype, [&]<class S>(S) { value = convert<A>(static_cast<const S*>(data)[index]); });
  return value;
}

/// One element.
template <class C>
__device__ __forceinline__ C loadOne(const void* data, DType dtype, int64_t index) {
  C value{};
  withStored<C>(dtype, [&]<class S>(S) { value = convert<C>(static_cast<const S*>(data)[index]); });
  return value;
}

template <class C>
__device__ __forceinline__ void storeOne(void* data, DType dtype, int64_t index, C value) {
  withStored<C>(dtype, [&]<class S>(S) { static_cast<S*>(data)[index] = convert<S>(value); });
}

}  // namespace tenon::cuda
