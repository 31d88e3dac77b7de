// Stochastic gradient descent: plain, with momentum, with Nesterov's momentum, and by sign. g is
// the gradient rescaled, clipped, plus wd·w.
//
//   sgd:     w −= lr·g
//   sgd_mom: m = momentum·m − lr·g;  w += m
//   nag:     m = momentum·m;  w += momentum·m − (momentum + 1)·lr·g;  m −= lr·(g with the new w's
//   decay) signsgd: w = (1 − lr·wd)·w − lr·sign(gradient) signum:  m = momentum·m − (1 −
//   momentum)·g;  w = (1 − lr·wd_lh)·w + lr·sign(m)
//
// mp_ operators keep the weight in float32 beside its half copy, compute on that and round once.
#include "ops/optimizer/update.h"

namespace tenon {
namespace {

// --- kernels: (weight, grad[, state]) -> weight, for any floating dtype

template <template <class> class Step, class P>
void runPlain(KernelContext& context, std::span<const TensorView> in,
              std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchFloating(in[0].dtype, [&]<class T>() {
    using A = typename Arithmetic<T>::Type;
    const Step<A> step(context, context.attrs().params<P>());
    const bool add = requests[0] == Request::kAdd;
    const T *w = in[0].as<T>(), *g = in[1].as<T>();
    T* to = out[0].as<T>();
    forEachElement(out[0].size(), [=](int64_t i) { store(to[i], step(A(w[i]), A(g[i])), add); });
  });
}

template <template <class> class Step, class P>
void runWithState(KernelContext& context, std::span<const TensorView> in,
                  std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchFloating(in[0].dtype, [&]<class T>() {
    using A = typename Arithmetic<T>::Type;
    const Step<A> step(context, context.attrs().params<P>());
    const bool add = requests[0] == Request::kAdd;
    const T *w = in[0].as<T>(), *g = in[1].as<T>();
    T *state = in[2].as<T>(), *to = out[0].as<T>();
    forEachElement(out[0].size(), [=](int64_t i) {
      A s = A(state[i]);
      const A next = step(A(w[i]), A(g[i]), s);
      state[i] = T(s);
      store(to[i], next, add);
    });
  });
}

// (weight, grad, weight32) -> weight
template <template <class> class Step, class P>
void runPlainMixed(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchFloating(in[0].dtype, [&]<class T>() {
    const Step<float> step(context, context.attrs().params<P>());
    const bool add = requests[0] == Request::kAdd;
    const T* g = in[1].as<T>();
    float* master = in[2].as<float>();
    T* to = out[0].as<T>();
    forEachElement(out[0].size(), [=](int64_t i) {
      master[i] = step(master[i], static_cast<float>(g[i]));
      store(to[i], master[i], add);
    });
  });
}

// (weight, grad, state, weight32) -> weight
template <template <class> class Step, class P>
void runMixedWithState(KernelContext& context, std::span<const TensorView> in,
                       std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  dispatchFloating(in[0].dtype, [&]<class T>() {
    const Step<float> step(context, context.attrs().params<P>());
    const bool add = requests[0] == Request::kAdd;
    const T* g = in[1].as<T>();
    float *state = in[2].as<float>(), *master = in[3].as<float>();
    T* to = out[0].as<T>();
    forEachElement(out[0].size(), [=](int64_t i) {
      float s = state[i];
      master[i] = step(master[i], static_cast<float>(g[i]), s);
      state[i] = s;
      store(to[i], master[i], add);
    });
  });
}

// --- registration

/// Weight and gradient share a dtype; what an mp_ operator keeps beside them is float32.
void inferMixedTypes(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  for (size_t i = 2; i < in.size(); ++i) unify(attrs, "a float32 state", in[i], DType::kFloat32);
  sameFloatingType(attrs, in.first(2), out);
}

template <class P>
OpBuilder& describeOp(OpBuilder& op, std::string_view doc) {
  return op.doc(doc)
      .group("optimizer")
      .template params<P>()
      .input("weight", "The weight.")
      .input("grad", "The loss's gradient with respect to the weight.");
}

template <class P>
OpBuilder plainOp(std::string_view name, std::string_view doc, RunFunction run) {
  OpBuilder op(name);
  describeOp<P>(op, doc)
      .shape(allSame)
      .type(sameFloatingType)
      .inplace({{0, 0}})
      .inlineBelow(4096)
      .cpu(run);
  return op;
}

template <class P>
OpBuilder statefulOp(std::string_view name, std::string_view doc, RunFunction run) {
  OpBuilder op(name);
  describeOp<P>(op, doc)
      .input("mom", "The running step; updated.")
      .mutates({2})
      .shape(allSame)
      .type(sameFloatingType)
      .inplace({{0, 0}})
      .inlineBelow(4096)
      .cpu(run);
  return op;
}

template <class P>
OpBuilder mixedOp(std::string_view name, std::string_view doc, bool state, RunFunction run) {
  OpBuilder op(name);
  describeOp<P>(op, doc);
  if (state) op.input("mom", "The running step in float32; updated.");
  op.input("weight32", "The weight in float32; updated.");
  if (state) {
    op.mutates({2, 3});
  } else {
    op.mutates({2});
  }
  op.shape(allSame).type(inferMixedTypes).inplace({{0, 0}}).inlineBelow(4096).cpu(run);
  return op;
}

const OpRegistration kSgd = plainOp<SgdParams>(
    "sgd_update", "Gradient descent: w = w - lr·(clip(rescale_grad·grad) + wd·w).",
    runPlain<SgdStep, SgdParams>);
const OpRegistration kSgdMomentum =
    statefulOp<SgdMomentumParams>("sgd_mom_update",
                                  "Gradient descent with momentum: m = momentum·m - "
                                  "lr·(clip(rescale_grad·grad) + wd·w), w = w + m.",
                                  runWithState<SgdMomentumStep, SgdMomentumParams>);
const OpRegistration kNag = statefulOp<NagParams>(
    "nag_mom_update",
    "Nesterov's accelerated gradient: the gradient's step is taken after the momentum's.",
    runWithState<NagStep, NagParams>);
const OpRegistration kSignSgd = plainOp<SignSgdParams>(
    "signsgd_update",
    "Steps of one size along the gradient's sign: w = (1 - lr·wd)·w - lr·sign(grad).",
    runPlain<SignSgdStep, SignSgdParams>);
const OpRegistration kSignum =
    statefulOp<SignumParams>("signum_update",
                             "Steps of one size along the sign of the running gradient m = "
                             "momentum·m - (1 - momentum)·grad.",
                             runWithState<SignumStep, SignumParams>);
const OpRegistration kMixedSgd = mixedOp<SgdParams>(
    "mp_sgd_update", "sgd_update for half types, computed on a float32 copy of the weight.", false,
    runPlainMixed<SgdStep, SgdParams>);
const OpRegistration kMixedSgdMomentum = mixedOp<SgdMomentumParams>(
    "mp_sgd_mom_update", "sgd_mom_update for half types, computed on a float32 copy of the weight.",
    true, runMixedWithState<SgdMomentumStep, SgdMomentumParams>);
const OpRegistration kMixedNag = mixedOp<NagParams>(
    "mp_nag_mom_update", "nag_mom_update for half types, computed on a float32 copy of the weight.",
    true, runMixedWithState<NagStep, NagParams>);

}  // namespace
}  // namespace tenon
