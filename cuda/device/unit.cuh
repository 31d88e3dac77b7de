// Units: the widest accesses that bytes which lie together can be moved by.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <initializer_list>

#include "device/pack.cuh"

namespace tenon::cuda {

/// Calls body(U{}) with the widest type whose size divides `bytes`, at which all `addresses` are
/// aligned.
template <class F>
void withUnit(int64_t bytes, std::initializer_list<const void*> addresses, F&& body) {
  uint64_t all = static_cast<uint64_t>(bytes);
  for (const void* address : addresses) all |= reinterpret_cast<uintptr_t>(address);
  if (all % 16 == 0) return body(uint4{});
  if (all % 8 == 0) return body(uint2{});
  if (all % 4 == 0) return body(uint32_t{});
  if (all % 2 == 0) return body(uint16_t{});
  body(uint8_t{});
}

}  // namespace tenon::cuda
