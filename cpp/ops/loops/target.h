// For what is compiled once per instruction set: everything it defines lives in a namespace of its
// own, TENON_TARGET, so that the linker never puts one target's code into another's place. Such
// files use no inline function or template of the standard library or of base at run time, for the
// same reason; the build defines TENON_TARGET (see CMakeLists.txt).
//
// On a GPU the target is `device`.
#pragma once

#if defined(__CUDACC__)
#define TENON_POINTWISE __host__ __device__ __forceinline__
#if !defined(TENON_TARGET)
#define TENON_TARGET device
#endif
#else
#define TENON_POINTWISE [[gnu::always_inline]] inline
#if !defined(TENON_TARGET)
#define TENON_TARGET plain
#endif
#endif
