// What optimizer updates share: the usual parameters, the treatment of the gradient, loops over
// elements in the arithmetic of a dtype.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/half.h"
#include "base/parallel.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {

/// In the order in which the schema declares the dynamic parameters.
enum UpdateDynamic : int { kLr = 0, kWd = 1, kRescaleGrad = 2 };

/// Declares lr, wd and rescale_grad (dynamic) and clip_gradient, members of P by these names.
template <class P>
void describeUpdate(ParamSchema<P>& s) {
  s.field("lr", &P::lr, "Learning rate.").dynamic();
  s.field("wd", &P::wd, "Weight decay: this share of the weight is added to the gradient.")
      .defaultTo(0.0F)
      .dynamic();
  s.field("rescale_grad", &P::rescale_grad, "Multiplies the gradient first.")
      .defaultTo(1.0F)
      .dynamic();
  s.field("clip_gradient", &P::clip_gradient,
          "Limits the gradient to [-clip_gradient, clip_gradient]; none if negative.")
      .defaultTo(-1.0F);
}

/// The numbers of one call, in the arithmetic's type.
template <class T>
struct UpdateRates {
  explicit UpdateRates(const KernelContext& context, float clip_gradient)
      : lr(static_cast<T>(context.dynamic(kLr))),
        wd(static_cast<T>(context.dynamic(kWd))),
        rescale(static_cast<T>(context.dynamic(kRescaleGrad))),
        clip(clip_gradient >= 0 ? static_cast<T>(clip_gradient)
                                : std::numeric_limits<T>::infinity()) {}
  T lr, wd, rescale, clip;

  T clipped(T gradient) const { return std::min(std::max(gradient, -clip), clip); }
  /// Decay added after clipping (SGD and its kin), or before (Adam and its kin), or not at all;
  /// as 1.9.1 has it.
  T decayedAfterClip(T gradient, T weight) const {
    return clipped(rescale * gradient) + wd * weight;
  }
  T decayedBeforeClip(T gradient, T weight) const {
    return clipped(rescale * gradient + wd * weight);
  }
  T undecayed(T gradient) const { return clipped(rescale * gradient); }
};

/// The type that an update of arrays of T computes in.
template <class T>
struct Arithmetic {
  using Type = T;
};
template <>
struct Arithmetic<Float16> {
  using Type = float;
};
template <>
struct Arithmetic<BFloat16> {
  using Type = float;
};

/// Calls f.operator()<T>() for any floating dtype.
template <class F>
void dispatchFloating(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kFloat16:
      return f.template operator()<Float16>();
    case DType::kBFloat16:
      return f.template operator()<BFloat16>();
    default:
      return dispatchReal(dtype, std::forward<F>(f));
  }
}

/// Calls f(i) for every element, in parallel.
template <class F>
void forEachElement(int64_t count, F&& f) {
  parallelFor(count, kElementFloor, [&](int64_t begin, int64_t end) {
#pragma GCC ivdep
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

/// Adds or writes: kernels of updates handle both.
template <class T, class V>
void store(T& to, V value, bool add) {
  to = T(add ? static_cast<V>(to) + value : value);
}

}  // namespace tenon
