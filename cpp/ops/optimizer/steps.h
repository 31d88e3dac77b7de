// What optimizer updates compute for one element: the parameters, the treatment of the gradient,
// and the steps, whose formulas stand in sgd.cc and adaptive.cc. Compiled alike by g++ and nvcc; a
// step is made from the context of the call, which has the dynamic parameters.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/host_device.h"
#include "base/params.h"

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
  template <class Context>
  UpdateRates(const Context& context, float clip_gradient)
      : lr(static_cast<T>(context.dynamic(kLr))),
        wd(static_cast<T>(context.dynamic(kWd))),
        rescale(static_cast<T>(context.dynamic(kRescaleGrad))),
        clip(clip_gradient >= 0 ? static_cast<T>(clip_gradient)
                                : std::numeric_limits<T>::infinity()) {}
  T lr, wd, rescale, clip;

  TENON_HOST_DEVICE T clipped(T gradient) const {
    return std::min(std::max(gradient, -clip), clip);
  }
  /// Decay added after clipping (SGD and its kin), or before (Adam and its kin), or not at all;
  /// as 1.9.1 has it.
  TENON_HOST_DEVICE T decayedAfterClip(T gradient, T weight) const {
    return clipped(rescale * gradient) + wd * weight;
  }
  TENON_HOST_DEVICE T decayedBeforeClip(T gradient, T weight) const {
    return clipped(rescale * gradient + wd * weight);
  }
  TENON_HOST_DEVICE T undecayed(T gradient) const { return clipped(rescale * gradient); }
};

struct SgdParams {
  float lr, wd, rescale_grad, clip_gradient;
  bool lazy_update;
  static void describe(ParamSchema<SgdParams>& s) {
    describeUpdate(s);
    s.field("lazy_update", &SgdParams::lazy_update,
            "For sparse gradients: leave rows without gradient alone.")
        .defaultTo(true);
  }
};

struct SgdMomentumParams {
  float lr, momentum, wd, rescale_grad, clip_gradient;
  bool lazy_update;
  static void describe(ParamSchema<SgdMomentumParams>& s) {
    describeUpdate(s);
    s.field("momentum", &SgdMomentumParams::momentum, "Share of the last step that is taken again.")
        .defaultTo(0.0F);
    s.field("lazy_update", &SgdMomentumParams::lazy_update,
            "For sparse gradients: leave rows without gradient alone.")
        .defaultTo(true);
  }
};

struct NagParams {
  float lr, momentum, wd, rescale_grad, clip_gradient;
  static void describe(ParamSchema<NagParams>& s) {
    describeUpdate(s);
    s.field("momentum", &NagParams::momentum, "Share of the last step that is taken again.")
        .defaultTo(0.0F);
  }
};

struct SignSgdParams {
  float lr, wd, rescale_grad, clip_gradient;
  static void describe(ParamSchema<SignSgdParams>& s) { describeUpdate(s); }
};

struct SignumParams {
  float lr, momentum, wd, rescale_grad, clip_gradient, wd_lh;
  static void describe(ParamSchema<SignumParams>& s) {
    describeUpdate(s);
    s.field("momentum", &SignumParams::momentum, "Share of the running gradient that is kept.")
        .defaultTo(0.0F);
    s.field("wd_lh", &SignumParams::wd_lh, "Decay of the weight itself, apart from the gradient.")
        .defaultTo(0.0F);
  }
};

template <class T>
TENON_HOST_DEVICE T signOf(T x) {
  return static_cast<T>(x > T(0)) - static_cast<T>(x < T(0));
}

// The steps: new weight from (weight, gradient, state).

template <class T>
struct SgdStep {
  UpdateRates<T> rates;
  template <class Context>
  SgdStep(const Context& c, const SgdParams& p) : rates(c, p.clip_gradient) {}
  TENON_HOST_DEVICE T operator()(T w, T g) const {
    return w - rates.lr * rates.decayedAfterClip(g, w);
  }
};

template <class T>
struct SignSgdStep {
  UpdateRates<T> rates;
  template <class Context>
  SignSgdStep(const Context& c, const SignSgdParams& p) : rates(c, p.clip_gradient) {}
  TENON_HOST_DEVICE T operator()(T w, T g) const {
    return (T(1) - rates.lr * rates.wd) * w - rates.lr * signOf(g);
  }
};

template <class T>
struct SgdMomentumStep {
  UpdateRates<T> rates;
  T momentum;
  template <class Context>
  SgdMomentumStep(const Context& c, const SgdMomentumParams& p)
      : rates(c, p.clip_gradient), momentum(static_cast<T>(p.momentum)) {}
  TENON_HOST_DEVICE T operator()(T w, T g, T& m) const {
    m = momentum * m - rates.lr * rates.decayedAfterClip(g, w);
    return w + m;
  }
};

template <class T>
struct NagStep {
  UpdateRates<T> rates;
  T momentum;
  template <class Context>
  NagStep(const Context& c, const NagParams& p)
      : rates(c, p.clip_gradient), momentum(static_cast<T>(p.momentum)) {}
  TENON_HOST_DEVICE T operator()(T w, T g, T& m) const {
    m *= momentum;
    const T next = w + momentum * m - (momentum + T(1)) * rates.lr * rates.decayedAfterClip(g, w);
    // 1.9.1 updates in place and meets the new weight here.
    m -= rates.lr * rates.decayedAfterClip(g, next);
    return next;
  }
};

template <class T>
struct SignumStep {
  UpdateRates<T> rates;
  T momentum, decay;
  template <class Context>
  SignumStep(const Context& c, const SignumParams& p)
      : rates(c, p.clip_gradient),
        momentum(static_cast<T>(p.momentum)),
        decay(static_cast<T>(p.wd_lh)) {}
  TENON_HOST_DEVICE T operator()(T w, T g, T& m) const {
    m = momentum * m - (T(1) - momentum) * rates.decayedAfterClip(g, w);
    return (T(1) - rates.lr * decay) * w + rates.lr * signOf(m);
  }
};

struct AdamParams {
  float lr, beta1, beta2, epsilon, wd, rescale_grad, clip_gradient;
  bool lazy_update;
  static void describe(ParamSchema<AdamParams>& s) {
    describeUpdate(s);
    s.field("beta1", &AdamParams::beta1, "Share of the running mean that is kept.").defaultTo(0.9F);
    s.field("beta2", &AdamParams::beta2, "Share of the running square that is kept.")
        .defaultTo(0.999F);
    s.field("epsilon", &AdamParams::epsilon, "Added to the root of the running square.")
        .defaultTo(1e-8F);
    s.field("lazy_update", &AdamParams::lazy_update,
            "For sparse gradients: leave rows without gradient alone.")
        .defaultTo(true);
  }
};

struct RmsPropParams {
  float lr, gamma1, epsilon, wd, rescale_grad, clip_gradient, clip_weights;
  static void describe(ParamSchema<RmsPropParams>& s) {
    describeUpdate(s);
    s.field("gamma1", &RmsPropParams::gamma1, "Share of the running square that is kept.")
        .defaultTo(0.95F);
    s.field("epsilon", &RmsPropParams::epsilon, "Added to the running square.").defaultTo(1e-8F);
    s.field("clip_weights", &RmsPropParams::clip_weights,
            "Limits the weight to [-clip_weights, clip_weights]; none if not positive.")
        .defaultTo(-1.0F);
  }
};

struct RmsPropAlexParams {
  float lr, gamma1, gamma2, epsilon, wd, rescale_grad, clip_gradient, clip_weights;
  static void describe(ParamSchema<RmsPropAlexParams>& s) {
    using P = RmsPropAlexParams;
    describeUpdate(s);
    s.field("gamma1", &P::gamma1, "Share of the running square and mean that is kept.")
        .defaultTo(0.95F);
    s.field("gamma2", &P::gamma2, "Share of the last step that is taken again.").defaultTo(0.9F);
    s.field("epsilon", &P::epsilon, "Added to the running variance.").defaultTo(1e-8F);
    s.field("clip_weights", &P::clip_weights,
            "Limits the weight to [-clip_weights, clip_weights]; none if not positive.")
        .defaultTo(-1.0F);
  }
};

struct FtrlParams {
  float lr, lamda1, beta, wd, rescale_grad, clip_gradient;
  static void describe(ParamSchema<FtrlParams>& s) {
    describeUpdate(s);
    s.field("lamda1", &FtrlParams::lamda1, "Coefficient of the absolute penalty.").defaultTo(0.01F);
    s.field("beta", &FtrlParams::beta, "Keeps early steps small.").defaultTo(1.0F);
  }
};

template <class T>
TENON_HOST_DEVICE T limitWeight(T weight, float limit) {
  return limit > 0 ? std::clamp(weight, -static_cast<T>(limit), static_cast<T>(limit)) : weight;
}

// The steps: new weight from (weight, gradient, states).

template <class T>
struct AdamStep {
  UpdateRates<T> rates;
  T beta1, beta2, epsilon;
  template <class Context>
  AdamStep(const Context& c, const AdamParams& p)
      : rates(c, p.clip_gradient),
        beta1(static_cast<T>(p.beta1)),
        beta2(static_cast<T>(p.beta2)),
        epsilon(static_cast<T>(p.epsilon)) {}
  TENON_HOST_DEVICE T operator()(T w, T gradient, T& mean, T& square) const {
    const T g = rates.decayedBeforeClip(gradient, w);
    mean = beta1 * mean + (T(1) - beta1) * g;
    square = beta2 * square + (T(1) - beta2) * g * g;
    return w - rates.lr * mean / (std::sqrt(square) + epsilon);
  }
};

template <class T>
struct RmsPropStep {
  UpdateRates<T> rates;
  RmsPropParams p;
  template <class Context>
  RmsPropStep(const Context& c, const RmsPropParams& params)
      : rates(c, params.clip_gradient), p(params) {}
  TENON_HOST_DEVICE T operator()(T w, T gradient, T& n) const {
    const T kept = static_cast<T>(p.gamma1);
    const T g = rates.decayedBeforeClip(gradient, w);
    n = kept * n + (T(1) - kept) * g * g;
    return limitWeight(w - rates.lr * g / std::sqrt(n + static_cast<T>(p.epsilon)), p.clip_weights);
  }
};

template <class T>
struct RmsPropAlexStep {
  UpdateRates<T> rates;
  RmsPropAlexParams p;
  template <class Context>
  RmsPropAlexStep(const Context& c, const RmsPropAlexParams& params)
      : rates(c, params.clip_gradient), p(params) {}
  TENON_HOST_DEVICE T operator()(T w, T gradient, T& n, T& mean, T& delta) const {
    const T kept = static_cast<T>(p.gamma1);
    const T g = rates.decayedBeforeClip(gradient, w);
    n = kept * n + (T(1) - kept) * g * g;
    mean = kept * mean + (T(1) - kept) * g;
    delta = static_cast<T>(p.gamma2) * delta -
            rates.lr * g / std::sqrt(n - mean * mean + static_cast<T>(p.epsilon));
    return limitWeight(w + delta, p.clip_weights);
  }
};

template <class T>
struct FtrlStep {
  UpdateRates<T> rates;
  T lamda1, beta;
  template <class Context>
  FtrlStep(const Context& c, const FtrlParams& p)
      : rates(c, p.clip_gradient), lamda1(static_cast<T>(p.lamda1)), beta(static_cast<T>(p.beta)) {}
  TENON_HOST_DEVICE T operator()(T w, T gradient, T& z, T& n) const {
    const T g = rates.undecayed(gradient);
    z += g - (std::sqrt(n + g * g) - std::sqrt(n)) * w / rates.lr;
    n += g * g;
    if (std::abs(z) <= lamda1) return T(0);
    return ((z > T(0) ? lamda1 : -lamda1) - z) / ((beta + std::sqrt(n)) / rates.lr + rates.wd);
  }
};

}  // namespace tenon
