// Comparisons and logical functions of two operands.
#include "ops/elementwise/map.cuh"

namespace tenon::cuda {
namespace {

const KernelRegistration kKernels = {
    {"_equal", {.run = runBinary<BinaryFn::kEqual>}},
    {"broadcast_equal", {.run = runBinary<BinaryFn::kEqual>}},
    {"_equal_scalar", {.run = runScalar<BinaryFn::kEqual>}},
    {"_not_equal", {.run = runBinary<BinaryFn::kNotEqual>}},
    {"broadcast_not_equal", {.run = runBinary<BinaryFn::kNotEqual>}},
    {"_not_equal_scalar", {.run = runScalar<BinaryFn::kNotEqual>}},
    {"_greater", {.run = runBinary<BinaryFn::kGreater>}},
    {"broadcast_greater", {.run = runBinary<BinaryFn::kGreater>}},
    {"_greater_scalar", {.run = runScalar<BinaryFn::kGreater>}},
    {"_greater_equal", {.run = runBinary<BinaryFn::kGreaterEqual>}},
    {"broadcast_greater_equal", {.run = runBinary<BinaryFn::kGreaterEqual>}},
    {"_greater_equal_scalar", {.run = runScalar<BinaryFn::kGreaterEqual>}},
    {"_lesser", {.run = runBinary<BinaryFn::kLess>}},
    {"broadcast_lesser", {.run = runBinary<BinaryFn::kLess>}},
    {"_lesser_scalar", {.run = runScalar<BinaryFn::kLess>}},
    {"_lesser_equal", {.run = runBinary<BinaryFn::kLessEqual>}},
    {"broadcast_lesser_equal", {.run = runBinary<BinaryFn::kLessEqual>}},
    {"_lesser_equal_scalar", {.run = runScalar<BinaryFn::kLessEqual>}},
    {"_logical_and", {.run = runBinary<BinaryFn::kLogicalAnd>}},
    {"broadcast_logical_and", {.run = runBinary<BinaryFn::kLogicalAnd>}},
    {"_logical_and_scalar", {.run = runScalar<BinaryFn::kLogicalAnd>}},
    {"_logical_or", {.run = runBinary<BinaryFn::kLogicalOr>}},
    {"broadcast_logical_or", {.run = runBinary<BinaryFn::kLogicalOr>}},
    {"_logical_or_scalar", {.run = runScalar<BinaryFn::kLogicalOr>}},
    {"_logical_xor", {.run = runBinary<BinaryFn::kLogicalXor>}},
    {"broadcast_logical_xor", {.run = runBinary<BinaryFn::kLogicalXor>}},
    {"_logical_xor_scalar", {.run = runScalar<BinaryFn::kLogicalXor>}},
};

}  // namespace
}  // namespace tenon::cuda
