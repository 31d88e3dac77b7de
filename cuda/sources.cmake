# The library's files, one per line, in the order of the alphabet.

# Compiled by the C++ compiler.
set(tenon_cuda_host_sources
  libs/cublaslt.cc
  libs/cudnn.cc
  libs/libraries.cc
  ops/linalg/product.cc
  ops/linalg/products.cc
  ops/nn/conv_plan.cc
  ops/nn/convolution.cc
  ops/nn/fully_connected.cc
  plugin.cc
  runtime/copy.cc
  runtime/device.cc
  runtime/ending.cc
  runtime/kernel.cc
  runtime/queue.cc)

# Opens NVIDIA's libraries; the tests' emulated device has stand-ins for them.
set(tenon_cuda_library_sources
  libs/shared_library.cc)

# Kernels.
set(tenon_cuda_kernel_sources
  ops/cast/cast.cu
  ops/elementwise/binary.cu
  ops/elementwise/compare.cu
  ops/elementwise/copy.cu
  ops/elementwise/gradients.cu
  ops/elementwise/transcendental.cu
  ops/elementwise/unary.cu
  ops/index/boolean_mask.cu
  ops/index/gather_nd.cu
  ops/index/lookup.cu
  ops/index/order.cu
  ops/index/radix.cu
  ops/index/scatter_add.cu
  ops/index/select.cu
  ops/index/sequence.cu
  ops/index/sort.cu
  ops/index/where.cu
  ops/init/init.cu
  ops/loops/channels.cu
  ops/loops/swap.cu
  ops/loss/classification.cu
  ops/loss/regression.cu
  ops/loss/softmax_output.cu
  ops/nn/activation.cu
  ops/nn/batch_norm.cu
  ops/nn/dropout.cu
  ops/nn/layer_norm.cu
  ops/nn/leaky_relu.cu
  ops/nn/pooling.cu
  ops/nn/softmax.cu
  ops/optimizer/adaptive.cu
  ops/optimizer/multi_sgd.cu
  ops/optimizer/sgd.cu
  ops/random/random.cu
  ops/random/sample.cu
  ops/random/shuffle.cu
  ops/reduce/argmax.cu
  ops/reduce/extremes.cu
  ops/reduce/plan.cu
  ops/reduce/spread.cu
  ops/reduce/sums.cu
  ops/shape/move.cu
  ops/shape/reshape.cu
  ops/shape/strided_sum.cu)

# The few files of the core whose functions kernels call.
set(tenon_cuda_core_sources
  base/dtype.cc
  base/shape.cc
  device/device.cc
  ops/reduce/axes.cc
  tensor/tensor_view.cc)
list(TRANSFORM tenon_cuda_core_sources PREPEND ${PROJECT_SOURCE_DIR}/cpp/)
