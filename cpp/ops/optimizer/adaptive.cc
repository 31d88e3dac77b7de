// Optimizers with a step size per element: Adam, RMSProp in two forms, FTRL. g is the gradient
// rescaled, plus wd·w, clipped (FTRL: without wd·w).
//
//   adam: m = b1·m + (1 − b1)·g;  v = b2·v + (1 − b2)·g²;  w −= lr·m/(sqrt(v) + eps)
//   rmsprop: n = g1·n + (1 − g1)·g²;  w −= lr·g/sqrt(n + eps)
//   rmspropalex: a = g1·a + (1 − g1)·g beside n;  d = g2·d − lr·g/sqrt(n − a² + eps);  w += d
//   ftrl: z += g − (sqrt(n + g²) − sqrt(n))·w/lr;  n += g²;
//         w = (sign(z)·lamda1 − z)/((beta + sqrt(n))/lr + wd) where |z| > lamda1, else 0
#include "ops/optimizer/update.h"

namespace tenon {
namespace {

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
T limitWeight(T weight, float limit) {
  return limit > 0 ? std::clamp(weight, -static_cast<T>(limit), static_cast<T>(limit)) : weight;
}

// The steps: new weight from (weight, gradient, states).

template <class T>
struct AdamStep {
  UpdateRates<T> rates;
  T beta1, beta2, epsilon;
  AdamStep(const KernelContext& c, const AdamParams& p)
      : rates(c, p.clip_gradient),
        beta1(static_cast<T>(p.beta1)),
        beta2(static_cast<T>(p.beta2)),
        epsilon(static_cast<T>(p.epsilon)) {}
  T operator()(T w, T gradient, T& mean, T& square) const {
    const T g = rates.decayedBeforeClip(gradient, w);
    mean = beta1 * mean + (T(1) - beta1) * g;
    square = beta2 * square + (T(1) - beta2) * g * g;
    return w - rates.lr * mean / (std::sqrt(square) + epsilon);
  }
};

template <class T>
struct RmsPropStep {
  UpdateRates<T> rates;
  const RmsPropParams& p;
  RmsPropStep(const KernelContext& c, const RmsPropParams& params)
      : rates(c, params.clip_gradient), p(params) {}
  T operator()(T w, T gradient, T& n) const {
    const T kept = static_cast<T>(p.gamma1);
    const T g = rates.decayedBeforeClip(gradient, w);
    n = kept * n + (T(1) - kept) * g * g;
    return limitWeight(w - rates.lr * g / std::sqrt(n + static_cast<T>(p.epsilon)), p.clip_weights);
  }
};

template <class T>
struct RmsPropAlexStep {
  UpdateRates<T> rates;
  const RmsPropAlexParams& p;
  RmsPropAlexStep(const KernelContext& c, const RmsPropAlexParams& params)
      : rates(c, params.clip_gradient), p(params) {}
  T operator()(T w, T gradient, T& n, T& mean, T& delta) const {
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
  FtrlStep(const KernelContext& c, const FtrlParams& p)
      : rates(c, p.clip_gradient), lamda1(static_cast<T>(p.lamda1)), beta(static_cast<T>(p.beta)) {}
  T operator()(T w, T gradient, T& z, T& n) const {
    const T g = rates.undecayed(gradient);
    z += g - (std::sqrt(n + g * g) - std::sqrt(n)) * w / rates.lr;
    n += g * g;
    if (std::abs(z) <= lamda1) return T(0);
    return ((z > T(0) ? lamda1 : -lamda1) - z) / ((beta + std::sqrt(n)) / rates.lr + rates.wd);
  }
};

// --- kernels: (weight, grad, states…) -> weight

template <int states, template <class> class Step, class P>
void runUpdate(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchFloating(in[0].dtype, [&]<class T>() {
    using A = typename Arithmetic<T>::Type;
    const Step<A> step(context, context.attrs().params<P>());
    const bool add = requests[0] == Request::kAdd;
    const T *w = in[0].as<T>(), *g = in[1].as<T>();
    T* to = out[0].as<T>();
    T* const s0 = in[2].as<T>();
    T* const s1 = states > 1 ? in[3].as<T>() : nullptr;
    T* const s2 = states > 2 ? in[4].as<T>() : nullptr;
    forEachElement(out[0].size(), [=](int64_t i) {
      A a = A(s0[i]);
      if constexpr (states == 1) {
        store(to[i], step(A(w[i]), A(g[i]), a), add);
      } else {
        A b = A(s1[i]);
        if constexpr (states == 2) {
          store(to[i], step(A(w[i]), A(g[i]), a, b), add);
        } else {
          A c = A(s2[i]);
          store(to[i], step(A(w[i]), A(g[i]), a, b, c), add);
          s2[i] = T(c);
        }
        s1[i] = T(b);
      }
      s0[i] = T(a);
    });
  });
}

template <class P>
OpBuilder update(std::string_view name, std::string_view doc,
                 std::initializer_list<std::pair<const char*, const char*>> states,
                 RunFunction run) {
  OpBuilder op(name);
  op.doc(doc)
      .group("optimizer")
      .params<P>()
      .input("weight", "The weight.")
      .input("grad", "The loss's gradient with respect to the weight.");
  for (const auto& [state, meaning] : states) op.input(state, meaning);
  switch (states.size()) {
    case 1:
      op.mutates({2});
      break;
    case 2:
      op.mutates({2, 3});
      break;
    default:
      op.mutates({2, 3, 4});
  }
  op.shape(allSame).type(sameFloatingType).inplace({{0, 0}}).inlineBelow(4096).cpu(run);
  return op;
}

const OpRegistration kAdam = update<AdamParams>(
    "adam_update",
    "Adam: steps by the running mean of the gradient over the root of its running square.",
    {{"mean", "The running mean; updated."}, {"var", "The running square; updated."}},
    runUpdate<2, AdamStep, AdamParams>);
const OpRegistration kRmsProp = update<RmsPropParams>(
    "rmsprop_update", "RMSProp: steps by the gradient over the root of its running square.",
    {{"n", "The running square; updated."}}, runUpdate<1, RmsPropStep, RmsPropParams>);
const OpRegistration kRmsPropAlex = update<RmsPropAlexParams>(
    "rmspropalex_update",
    "RMSProp as Graves has it: the running variance instead of the square, and momentum.",
    {{"n", "The running square; updated."},
     {"g", "The running mean; updated."},
     {"delta", "The last step; updated."}},
    runUpdate<3, RmsPropAlexStep, RmsPropAlexParams>);
const OpRegistration kFtrl = update<FtrlParams>(
    "ftrl_update", "Follow the regularised leader: weights with little evidence are exactly zero.",
    {{"z", "The sum of the adjusted gradients; updated."},
     {"n", "The sum of their squares; updated."}},
    runUpdate<2, FtrlStep, FtrlParams>);

}  // namespace
}  // namespace tenon
