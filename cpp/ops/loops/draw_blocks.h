// Random numbers as functions of (seed, counter), eight counters at a time: for distributions that
// need one or two integers per element.
#pragma once

#include <cstdint>

namespace tenon {

/// Elements per block: eight counters of four integers. Element 4c + w is made of integer w of
/// counter c.
inline constexpr int64_t kDrawBlock = 32;

/// Block `block` of the stream that begins at `offset`, as integers.
void drawBits(uint64_t seed, uint64_t offset, int64_t block, uint32_t to[kDrawBlock]);
/// As floats in [0, 1), multiples of 2^-24.
void drawUniform(uint64_t seed, uint64_t offset, int64_t block, float to[kDrawBlock]);
/// Standard normal floats by Box and Muller's method, each integer pair giving two; within 3e-5 of
/// the exact transformation.
void drawNormal(uint64_t seed, uint64_t offset, int64_t block, float to[kDrawBlock]);

}  // namespace tenon
