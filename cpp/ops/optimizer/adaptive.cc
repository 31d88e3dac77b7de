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
