// Gradient descent on many weights in one call: what sgd_update and its kin do, with a learning
// rate and a decay each. Inputs come weight by weight: (weight, grad[, mom][, weight32]), again and
// again; there is one output per weight.
#include "ops/optimizer/multi_params.h"
#include "ops/optimizer/update.h"

namespace tenon {
namespace {

template <class P, class A>
int countInputs(const P& p) {
  return p.num_weights * A::kInputs;
}
template <class P>
int countWeights(const P& p) {
  return p.num_weights;
}

template <class P>
void checkRates(const OpAttrs& attrs) {
  const P& p = attrs.params<P>();
  TENON_CHECK(p.lrs.count == p.num_weights && p.wds.count == p.num_weights, kInvalidArgument,
              attrs.op().name, ": lrs has ", p.lrs.count, " values and wds ", p.wds.count,
              ", expected num_weights, which is ", p.num_weights);
}

template <class P, class A>
void inferShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  checkRates<P>(attrs);
  for (size_t i = 0; i < out.size(); ++i)
    allSame(attrs, in.subspan(i * A::kInputs, A::kInputs), out.subspan(i, 1));
}

template <class A, bool has_master>
void inferType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const std::span<DType> group = in.subspan(i * A::kInputs, A::kInputs);
    // Beside a float32 copy of the weight the momentum is float32 too.
    const size_t alike = has_master ? 2 : group.size();
    sameFloatingType(attrs, group.first(alike), out.subspan(i, 1));
    for (size_t j = alike; j < group.size(); ++j)
      unify(attrs, "a float32 state", group[j], DType::kFloat32);
  }
}

template <class T>
struct Step {
  T lr, wd, rescale, clip, momentum;
  T operator()(T w, T g) const { return -lr * (std::clamp(rescale * g, -clip, clip) + wd * w); }
};

/// One weight of dtype T, its states of dtype S; `momentum` and `master` are null where there are
/// none.
template <class T, class S, class A>
void updateOne(const Step<A>& step, const T* w, const T* g, S* momentum, S* master, T* to,
               int64_t count, bool add) {
  forEachElement(count, [=](int64_t i) {
    const A weight = master != nullptr ? A(master[i]) : A(w[i]);
    A move = step(weight, A(g[i]));
    if (momentum != nullptr) {
      move += step.momentum * A(momentum[i]);
      momentum[i] = S(move);
    }
    if (master != nullptr) master[i] = S(weight + move);
    store(to[i], weight + move, add);
  });
}

template <class P, bool has_momentum, bool has_master>
void runUpdate(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  using Inputs = Arity<has_momentum, has_master>;
  const P& p = context.attrs().params<P>();
  for (size_t i = 0; i < out.size(); ++i) {
    if (requests[i] == Request::kNull) continue;
    const std::span<const TensorView> group = in.subspan(i * Inputs::kInputs, Inputs::kInputs);
    dispatchFloating(group[0].dtype, [&]<class T>() {
      using S = std::conditional_t<has_master, float, T>;
      using A = std::conditional_t<has_master, float, typename Arithmetic<T>::Type>;
      const A clip = p.clip_gradient >= 0 ? static_cast<A>(p.clip_gradient)
                                          : std::numeric_limits<A>::infinity();
      const Step<A> step = {static_cast<A>(p.lrs.values[i]), static_cast<A>(p.wds.values[i]),
                            static_cast<A>(context.dynamic(0)), clip,
                            static_cast<A>(p.momentumOrZero())};
      S* momentum = has_momentum ? group[Inputs::kMomentum].template as<S>() : nullptr;
      S* master = has_master ? group[Inputs::kMaster].template as<S>() : nullptr;
      updateOne<T, S, A>(step, group[0].as<T>(), group[1].as<T>(), momentum, master, out[i].as<T>(),
                         out[i].size(), requests[i] == Request::kAdd);
    });
  }
}

/// Positions of the states among the inputs of as many weights as there may be.
template <class A>
std::vector<int> statePositions() {
  std::vector<int> positions;
  for (int weight = 0; weight < MultiSgdParams::kMost; ++weight) {
    for (int state = 2; state < A::kInputs; ++state)
      positions.push_back(weight * A::kInputs + state);
  }
  return positions;
}

template <class P, bool has_momentum, bool has_master>
OpBuilder multiOp(std::string_view name, std::string_view doc) {
  using Inputs = Arity<has_momentum, has_master>;
  OpBuilder op(name);
  op.doc(doc)
      .group("optimizer")
      .params<P>()
      .variadicInput("num_weights", "data", "Each weight, followed by what belongs to it.")
      .template inputCount<P>(countInputs<P, Inputs>)
      .template outputCount<P>(countWeights<P>)
      .mutates(statePositions<Inputs>())
      .shape(inferShape<P, Inputs>)
      .type(inferType<Inputs, has_master>)
      .cpu(runUpdate<P, has_momentum, has_master>);
  return op;
}

const OpRegistration kMultiSgd = multiOp<MultiSgdParams, false, false>(
    "multi_sgd_update", "sgd_update on many weights: (weight, grad) for each.");
const OpRegistration kMultiSgdMomentum = multiOp<MultiSgdMomentumParams, true, false>(
    "multi_sgd_mom_update", "sgd_mom_update on many weights: (weight, grad, mom) for each.");
const OpRegistration kMultiMixedSgd = multiOp<MultiSgdParams, false, true>(
    "multi_mp_sgd_update", "mp_sgd_update on many weights: (weight, grad, weight32) for each.");
const OpRegistration kMultiMixedSgdMomentum = multiOp<MultiSgdMomentumParams, true, true>(
    "multi_mp_sgd_mom_update",
    "mp_sgd_mom_update on many weights: (weight, grad, mom, weight32) for each.");

}  // namespace
}  // namespace tenon
