// Functions of float that the compiler turns into vector code: no calls, no tables, no branches,
// only selections. Good to about 1 ulp (exp, log), 2 ulp (expm1, tanh, sigmoid) or 3 ulp (log1p)
// over the whole range, with infinities, NaN and subnormal numbers right. Doubles go to the C
// library, as do all others on a GPU.
#pragma once

#include <math.h>
#include <stdint.h>

#include "ops/loops/target.h"

namespace tenon::TENON_TARGET {

#if defined(__CUDACC__)
TENON_POINTWISE float expOf(float x) { return expf(x); }
TENON_POINTWISE float expm1Of(float x) { return expm1f(x); }
TENON_POINTWISE float logOf(float x) { return logf(x); }
TENON_POINTWISE float log1pOf(float x) { return log1pf(x); }
TENON_POINTWISE float tanhOf(float x) { return tanhf(x); }
TENON_POINTWISE float lgammaOf(float x) { return lgammaf(x); }
TENON_POINTWISE double lgammaOf(double x) { return lgamma(x); }
#else

TENON_POINTWISE uint32_t bitsOf(float x) { return __builtin_bit_cast(uint32_t, x); }
TENON_POINTWISE float floatOf(uint32_t bits) { return __builtin_bit_cast(float, bits); }
TENON_POINTWISE float fmaOf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

/// x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer, which then stands
/// in the low bits.
struct Reduced {
  uint32_t n;  // two's complement
  float r;
};
TENON_POINTWISE Reduced reduceByLn2(float x) {
  constexpr float kShift = 12582912.0f;
  const float shifted = fmaOf(x, 1.44269504088896341f, kShift);
  const float n = shifted - kShift;
  // ln 2 in two parts, the first with trailing zeros.
  float r = fmaOf(n, -0.693145751953125f, x);
  r = fmaOf(n, -1.42860682030941723e-6f, r);
  return {bitsOf(shifted) - bitsOf(kShift), r};
}

/// (exp(r) - 1 - r) / r^2, by its series: the first term left out is 5e-9 of the result.
TENON_POINTWISE float expTail(float r) {
  float p = 1.0f / 5040;
  p = fmaOf(p, r, 1.0f / 720);
  p = fmaOf(p, r, 1.0f / 120);
  p = fmaOf(p, r, 1.0f / 24);
  p = fmaOf(p, r, 1.0f / 6);
  return fmaOf(p, r, 0.5f);
}

/// 2^n for n in [-126, 127].
TENON_POINTWISE float powerOfTwo(uint32_t n) { return floatOf((n + 127u) << 23); }

TENON_POINTWISE float expOf(float x) {
  // Beyond these the result is 0 or infinite; NaN passes both comparisons.
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  const Reduced v = reduceByLn2(c);
  const float p = fmaOf(v.r * v.r, expTail(v.r), v.r) + 1.0f;
  // Two factors, since the first alone may leave the normal range. An arithmetic shift halves n.
  const uint32_t half = static_cast<uint32_t>(static_cast<int32_t>(v.n) >> 1);
  return p * powerOfTwo(half) * powerOfTwo(v.n - half);
}

TENON_POINTWISE float expm1Of(float x) {
  float c = x < -20.0f ? -20.0f : x;
  c = c > 89.0f ? 89.0f : c;
  const Reduced v = reduceByLn2(c);
  const float q = fmaOf(v.r * v.r, expTail(v.r), v.r);
  // 2^n (1 + q) - 1 as 2 (2^(n-1) q + 2^(n-1) - 1/2), since 2^128 is no float.
  const float scale = powerOfTwo(v.n - 1u);
  const float y = 2.0f * fmaOf(scale, q, scale - 0.5f);
  return x == 0.0f ? x : y;
}

TENON_POINTWISE float logOf(float x) {
  const bool subnormal = x < 1.17549435e-38f;
  const float scaled = subnormal ? x * 8388608.0f : x;
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)).
  const uint32_t from_root = bitsOf(scaled) - 0x3f3504f3u;
  const int32_t exponent = static_cast<int32_t>(from_root) >> 23;
  const float m = floatOf((from_root & 0x7fffffu) + 0x3f3504f3u);
  const float e = static_cast<float>(exponent - (subnormal ? 23 : 0));
  // log m = 2 artanh(s) with s = f / (2 + f), said so that the leading term f is exact.
  const float f = m - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  float t = 2.0f / 11;
  t = fmaOf(t, z, 2.0f / 9);
  t = fmaOf(t, z, 2.0f / 7);
  t = fmaOf(t, z, 2.0f / 5);
  t = fmaOf(t, z, 2.0f / 3);
  const float half_square = 0.5f * f * f;
  const float small = fmaOf(s, fmaOf(t, z, half_square), e * 1.42860682030941723e-6f);
  float y = fmaOf(e, 0.693145751953125f, f - (half_square - small));
  y = x == 0.0f ? -__builtin_inff() : y;
  y = x < 0.0f ? __builtin_nanf("") : y;
  return x < __builtin_inff() ? y : x;  // infinity and NaN stay
}

TENON_POINTWISE float log1pOf(float x) {
  // What rounding 1 + x lost is made good by the ratio of x to what was kept.
  const float u = 1.0f + x;
  const float kept = u - 1.0f;
  const float y = logOf(u) * (x / (kept == 0.0f ? 1.0f : kept));
  const float z = kept == 0.0f ? x : y;
  return u < __builtin_inff() && u != 0.0f ? z : logOf(u);
}

TENON_POINTWISE float tanhOf(float x) {
  float a = __builtin_fabsf(x);
  a = a > 10.0f ? 10.0f : a;  // tanh(10) is 1
  const float t = expm1Of(2.0f * a);
  return __builtin_copysignf(t / (t + 2.0f), x);
}

// The reentrant form: the other writes a global sign.
TENON_POINTWISE float lgammaOf(float x) {
  int sign = 0;
  return lgammaf_r(x, &sign);
}
TENON_POINTWISE double lgammaOf(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}
#endif

TENON_POINTWISE double expOf(double x) { return exp(x); }
TENON_POINTWISE double expm1Of(double x) { return expm1(x); }
TENON_POINTWISE double logOf(double x) { return log(x); }
TENON_POINTWISE double log1pOf(double x) { return log1p(x); }
TENON_POINTWISE double tanhOf(double x) { return tanh(x); }

template <class T>
TENON_POINTWISE T sigmoidOf(T x) {
  // The exponential of what is not positive never overflows.
  const T e = expOf(x > T(0) ? -x : x);
  return (x > T(0) ? T(1) : e) / (T(1) + e);
}

/// log(1 + exp(x)).
template <class T>
TENON_POINTWISE T softReluOf(T x) {
  const T e = log1pOf(expOf(x > T(0) ? -x : x));
  return x > T(0) ? x + e : e;
}

}  // namespace tenon::TENON_TARGET
