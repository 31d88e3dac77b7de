// dot, batch_dot and their gradients, and _linalg_gemm2.
#include <algorithm>

#include "ops/linalg/params.h"
#include "ops/linalg/product.h"

namespace tenon::cuda {
namespace {

using PlanOf = ProductPlan (*)(const DotParams& p, const Shape& a, const Shape& b);

struct PreparedProducts final : Prepared {
  Product first, second;
};

const PreparedProducts& productsOf(const Context& context) {
  return context.prepared<PreparedProducts>();
}

template <class P>
std::unique_ptr<Prepared> prepareForward(const PrepareContext& c,
                                         ProductPlan (*planOf)(const P&, const Shape&,
                                                               const Shape&)) {
  auto prepared = std::make_unique<PreparedProducts>();
  const auto in = c.inputs();
  prepared->first =
      Product(c.device(), in[0].dtype, planOf(c.params<P>(), in[0].shape, in[1].shape).forward);
  return prepared;
}

template <PlanOf planOf>
std::unique_ptr<Prepared> prepareDot(const PrepareContext& c) {
  return prepareForward<DotParams>(c, planOf);
}

void runDot(Context& context, Views in, Views out, Requests requests) {
  const Product& product = productsOf(context).first;
  product.run(context, in[0].data, in[1].data, out[0].data, nullptr, requests[0],
              context.workspace(product.workspaceBytes()));
}

// dC, A, B -> dA, dB
template <PlanOf planOf>
std::unique_ptr<Prepared> prepareGradients(const PrepareContext& c) {
  auto prepared = std::make_unique<PreparedProducts>();
  const auto in = c.inputs();
  const ProductPlan plan = planOf(c.params<DotParams>(), in[1].shape, in[2].shape);
  prepared->first = Product(c.device(), in[0].dtype, plan.left());
  prepared->second = Product(c.device(), in[0].dtype, plan.right());
  return prepared;
}

void runGradients(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<DotParams>();
  const Product& left = productsOf(context).first;
  const Product& right = productsOf(context).second;
  void* const workspace =
      context.workspace(std::max(left.workspaceBytes(), right.workspaceBytes()));
  const bool swaps_left = p.transpose_a && in[1].shape.rank() > 1;
  const bool swaps_right = p.transpose_b && in[2].shape.rank() > 1;
  left.run(context, in[swaps_left ? 2 : 0].data, in[swaps_left ? 0 : 2].data, out[0].data, nullptr,
           requests[0], workspace);
  right.run(context, in[swaps_right ? 0 : 1].data, in[swaps_right ? 1 : 0].data, out[1].data,
            nullptr, requests[1], workspace);
}

std::unique_ptr<Prepared> prepareGemm2(const PrepareContext& c) {
  return prepareForward<Gemm2Params>(c, planStacks<Gemm2Params>);
}

void runGemm2(Context& context, Views in, Views out, Requests requests) {
  const Product& product = productsOf(context).first;
  product.run(context, in[0].data, in[1].data, out[0].data, nullptr, requests[0],
              context.workspace(product.workspaceBytes()), context.params<Gemm2Params>().alpha);
}

constexpr PlanOf kStacks = planStacks<DotParams>;

const KernelRegistration kKernels = {
    {"dot", {.prepare = prepareDot<planDot>, .run = runDot}},
    {"_backward_dot", {.prepare = prepareGradients<planDot>, .run = runGradients}},
    {"batch_dot", {.prepare = prepareDot<kStacks>, .run = runDot}},
    {"_backward_batch_dot", {.prepare = prepareGradients<kStacks>, .run = runGradients}},
    {"_linalg_gemm2", {.prepare = prepareGemm2, .run = runGemm2}},
};

}  // namespace
}  // namespace tenon::cuda
