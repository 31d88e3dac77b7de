// FullyConnected and its gradients: products, and the sums of the gradient's columns.
#include <algorithm>

#include "ops/linalg/product.h"
#include "ops/loops/channels.h"
#include "ops/nn/fully_connected_params.h"

namespace tenon::cuda {
namespace {

struct PreparedProduct final : Prepared {
  Product product;
};

using ShapeOf = ProductShape (FullyConnectedParams::*)(const Shape& data) const;

/// The product that the method gives for the data, which is input number kData.
template <ShapeOf shapeOf, size_t kData>
std::unique_ptr<Prepared> prepare(const PrepareContext& c) {
  auto prepared = std::make_unique<PreparedProduct>();
  const auto& p = c.params<FullyConnectedParams>();
  const bool bias = shapeOf == &FullyConnectedParams::forward && !p.no_bias;
  prepared->product =
      Product(c.device(), c.inputs()[0].dtype, (p.*shapeOf)(c.inputs()[kData].shape), bias);
  return prepared;
}

const Product& productOf(const Context& context) {
  return context.prepared<PreparedProduct>().product;
}

void runForward(Context& context, Views in, Views out, Requests requests) {
  const Product& product = productOf(context);
  product.run(context, in[0].data, in[1].data, out[0].data, in.size() > 2 ? in[2].data : nullptr,
              requests[0], context.workspace(product.workspaceBytes()));
}

// dY, weight, data -> dX
void runDataGradient(Context& context, Views in, Views out, Requests requests) {
  const Product& product = productOf(context);
  product.run(context, in[0].data, in[1].data, out[0].data, nullptr, requests[0],
              context.workspace(product.workspaceBytes()));
}

// dY, data -> dW, db
void runWeightGradient(Context& context, Views in, Views out, Requests requests) {
  const auto& p = context.params<FullyConnectedParams>();
  const Product& product = productOf(context);
  const ChannelView view = {.outer = in[0].size() / p.num_hidden, .channels = p.num_hidden};
  const size_t sums =
      out.size() > 1 ? sumChannelsBytes(context.device(), in[0].dtype, view) : size_t{0};
  // One after the other on the stream: they may share their scratch memory.
  void* const workspace = context.workspace(std::max(product.workspaceBytes(), sums));
  product.run(context, in[0].data, in[1].data, out[0].data, nullptr, requests[0], workspace);
  if (out.size() > 1) sumChannels(context, view, in[0], out[1], requests[1], workspace);
}

using P = FullyConnectedParams;
const KernelRegistration kKernels = {
    {"FullyConnected", {.prepare = prepare<&P::forward, 0>, .run = runForward}},
    {"_backward_FullyConnected_data",
     {.prepare = prepare<&P::dataGradient, 2>, .run = runDataGradient}},
    {"_backward_FullyConnected_weight",
     {.prepare = prepare<&P::weightGradient, 1>, .run = runWeightGradient}},
};

}  // namespace
}  // namespace tenon::cuda
