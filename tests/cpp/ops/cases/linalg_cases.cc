// Cases of the operators in cpp/ops/linalg.
#include "support/op_case.h"

namespace tenon {
namespace {

OpCase product(const std::string& op, const Shape& a, const Shape& b) {
  return OpCase(op).input(a).input(b);
}

const OpCases kDot = {
    OpCase("dot")
        .input({2, 3}, exactly({1, 2, 3, 4, 5, 6}))
        .input({3, 2}, exactly({1, 0, 0, 1, 1, 1}))
        .gives({4, 5, 10, 11}),
    product("dot", {4, 3}, {3, 5}),
    product("dot", {3, 4}, {3, 5}).attr("transpose_a", "True"),
    product("dot", {4, 3}, {5, 3}).attr("transpose_b", "True"),
    product("dot", {3, 4}, {5, 3}).attr("transpose_a", "True").attr("transpose_b", "True"),
    product("dot", {3}, {3}),
    product("dot", {3}, {3, 4}),
    product("dot", {2, 3}, {3}),
    product("dot", {3}, {3, 2}).attr("transpose_a", "True"),
    product("dot", {2, 3}, {3}).attr("transpose_b", "True"),
    product("dot", {2, 3, 4}, {4, 5, 2}),
    product("dot", {4, 2, 3}, {5, 6, 4}).attr("transpose_a", "True").attr("transpose_b", "True"),
};

const OpCases kBatchDot = {
    product("batch_dot", {3, 2, 4}, {3, 4, 5}),
    product("batch_dot", {3, 4, 2}, {3, 4, 5}).attr("transpose_a", "True"),
    product("batch_dot", {3, 2, 4}, {3, 5, 4}).attr("transpose_b", "True"),
    product("batch_dot", {2, 3, 4, 2}, {2, 3, 5, 4})
        .attr("transpose_a", "True")
        .attr("transpose_b", "True"),
};

const OpCases kGemm2 = {
    product("_linalg_gemm2", {2, 4}, {4, 5}).attr("alpha", "0.5"),
    product("_linalg_gemm2", {3, 4, 2}, {3, 4, 5}).attr("transpose_a", "True"),
    product("_linalg_gemm2", {3, 2, 4}, {3, 5, 4}).attr("transpose_b", "True").attr("alpha", "-2"),
    product("_linalg_gemm2", {4, 2}, {5, 4})
        .attr("transpose_a", "True")
        .attr("transpose_b", "True"),
};

}  // namespace
}  // namespace tenon
