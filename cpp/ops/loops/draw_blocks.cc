#include "ops/loops/draw_blocks.h"

#include <immintrin.h>

namespace tenon {
namespace {

using Words = uint32_t __attribute__((vector_size(32)));
using Floats = float __attribute__((vector_size(32)));
using Ints = int32_t __attribute__((vector_size(32)));

struct Product {
  Words high;
  Words low;
};

Product multiply(uint32_t factor, Words x) {
  const __m256i f = _mm256_set1_epi64x(factor);
  const auto v = reinterpret_cast<__m256i>(x);
  const __m256i even = _mm256_mul_epu32(v, f);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(v, 32), f);
  return {reinterpret_cast<Words>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA)),
          reinterpret_cast<Words>(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA))};
}

struct Philox8 {
  Words x[4];
};

/// philox() at eight counters from `first` on.
Philox8 philox8(uint64_t key, uint64_t first) {
  const auto low = static_cast<uint32_t>(first);
  const Words steps = {0, 1, 2, 3, 4, 5, 6, 7};
  Words c[4] = {low + steps, Words{} + static_cast<uint32_t>(first >> 32), Words{}, Words{}};
  c[1] -= reinterpret_cast<Words>(c[0] < low);  // the carry: a comparison is -1 where it holds
  auto k0 = static_cast<uint32_t>(key);
  auto k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const Product p0 = multiply(0xD2511F53u, c[0]);
    const Product p1 = multiply(0xCD9E8D57u, c[2]);
    c[0] = p1.high ^ c[1] ^ k0;
    c[2] = p0.high ^ c[3] ^ k1;
    c[1] = p1.low;
    c[3] = p0.low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c[0], c[1], c[2], c[3]}};
}

/// Writes x[w][c] to to[4c + w].
template <class V>
void interleave(const V (&x)[4], void* to) {
  const auto a = reinterpret_cast<__m256i>(x[0]);
  const auto b = reinterpret_cast<__m256i>(x[1]);
  const auto c = reinterpret_cast<__m256i>(x[2]);
  const auto d = reinterpret_cast<__m256i>(x[3]);
  // Pairs of words, then counters 0, 1, 2, 3 in the low halves and 4, 5, 6, 7 in the high ones.
  const __m256i ab_low = _mm256_unpacklo_epi32(a, b);
  const __m256i ab_high = _mm256_unpackhi_epi32(a, b);
  const __m256i cd_low = _mm256_unpacklo_epi32(c, d);
  const __m256i cd_high = _mm256_unpackhi_epi32(c, d);
  const __m256i c04 = _mm256_unpacklo_epi64(ab_low, cd_low);
  const __m256i c15 = _mm256_unpackhi_epi64(ab_low, cd_low);
  const __m256i c26 = _mm256_unpacklo_epi64(ab_high, cd_high);
  const __m256i c37 = _mm256_unpackhi_epi64(ab_high, cd_high);
  auto* target = static_cast<__m256i*>(to);
  _mm256_storeu_si256(target, _mm256_permute2x128_si256(c04, c15, 0x20));
  _mm256_storeu_si256(target + 1, _mm256_permute2x128_si256(c26, c37, 0x20));
  _mm256_storeu_si256(target + 2, _mm256_permute2x128_si256(c04, c15, 0x31));
  _mm256_storeu_si256(target + 3, _mm256_permute2x128_si256(c26, c37, 0x31));
}

uint64_t firstCounter(uint64_t offset, int64_t block) {
  return offset + static_cast<uint64_t>(block) * 8;
}

Floats toFloats(Words x) {
  return __builtin_convertvector(__builtin_convertvector(x >> 8, Ints), Floats);
}

/// The natural logarithm of (0, 1], by exponent and a polynomial in the mantissa.
Floats logarithm(Floats x) {
  Ints bits = reinterpret_cast<Ints>(x);
  // Mantissa in [sqrt(1/2), sqrt(2)).
  bits += 0x3f800000 - 0x3f3504f3;
  const Ints exponent = (bits >> 23) - 127;
  bits = (bits & 0x007fffff) + 0x3f3504f3;
  const Floats m = reinterpret_cast<Floats>(bits) - 1.0f;
  const Floats e = __builtin_convertvector(exponent, Floats);
  Floats p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const Floats square = m * m;
  // ln 2 in two parts, so that the product with the exponent is exact in the first.
  return m + (p * m * square - 0.5f * square + e * -2.12194440e-4f) + e * 0.693359375f;
}

/// Sine and cosine of 2·pi·turns, turns in [0, 1).
void sineCosine(Floats turns, Floats& sine, Floats& cosine) {
  const Ints quarter = __builtin_convertvector(turns * 4.0f + 0.5f, Ints);
  const Floats x = (turns - __builtin_convertvector(quarter, Floats) * 0.25f) * 6.2831853071796f;
  const Floats z = x * x;
  const Floats s = ((z * -1.9515295891e-4f + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
  const Floats c =
      ((z * 2.443315711809948e-5f - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z -
      0.5f * z + 1.0f;
  const Ints swapped = (quarter & 1) != 0;
  const Ints sine_sign = (quarter & 2) << 30;
  const Ints cosine_sign = ((quarter + 1) & 2) << 30;
  const Floats first = swapped ? c : s;
  const Floats second = swapped ? s : c;
  sine = reinterpret_cast<Floats>(reinterpret_cast<Ints>(first) ^ sine_sign);
  cosine = reinterpret_cast<Floats>(reinterpret_cast<Ints>(second) ^ cosine_sign);
}

}  // namespace

void drawBits(uint64_t seed, uint64_t offset, int64_t block, uint32_t to[kDrawBlock]) {
  const Philox8 r = philox8(seed, firstCounter(offset, block));
  interleave(r.x, to);
}

void drawUniform(uint64_t seed, uint64_t offset, int64_t block, float to[kDrawBlock]) {
  const Philox8 r = philox8(seed, firstCounter(offset, block));
  const Floats u[4] = {toFloats(r.x[0]) * 0x1p-24f, toFloats(r.x[1]) * 0x1p-24f,
                       toFloats(r.x[2]) * 0x1p-24f, toFloats(r.x[3]) * 0x1p-24f};
  interleave(u, to);
}

void drawNormal(uint64_t seed, uint64_t offset, int64_t block, float to[kDrawBlock]) {
  const Philox8 r = philox8(seed, firstCounter(offset, block));
  Floats normal[4];
  for (int pair = 0; pair < 4; pair += 2) {
    // All 32 bits, so that the tails reach 6.6: (x + 1/2)·2^-32, in two exact halves.
    const Words x = r.x[pair];
    const Floats high = __builtin_convertvector(__builtin_convertvector(x >> 16, Ints), Floats);
    const Floats low = __builtin_convertvector(__builtin_convertvector(x & 0xffffu, Ints), Floats);
    const Floats u = high * 0x1p-16f + (low + 0.5f) * 0x1p-32f;
    const Floats radius =
        reinterpret_cast<Floats>(_mm256_sqrt_ps(reinterpret_cast<__m256>(logarithm(u) * -2.0f)));
    Floats sine;
    Floats cosine;
    sineCosine(toFloats(r.x[pair + 1]) * 0x1p-24f, sine, cosine);
    normal[pair] = radius * cosine;
    normal[pair + 1] = radius * sine;
  }
  interleave(normal, to);
}

}  // namespace tenon
