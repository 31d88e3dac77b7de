// Parameters of FullyConnected, and the products that it stands for.
#pragma once

#include "base/params.h"
#include "ops/linalg/product_shape.h"

namespace tenon {

struct FullyConnectedParams {
  int32_t num_hidden;
  bool no_bias;
  bool flatten;
  static void describe(ParamSchema<FullyConnectedParams>& s) {
    s.field("num_hidden", &FullyConnectedParams::num_hidden, "Number of output features.")
        .atLeast(1);
    s.field("no_bias", &FullyConnectedParams::no_bias, "Leave out the bias.").defaultTo(false);
    s.field("flatten", &FullyConnectedParams::flatten,
            "Treat all axes but the first as features; otherwise only the last one is.")
        .defaultTo(true);
  }

  // Of data of a known shape, in rows, features in and features out:
  ProductShape forward(const Shape& data) const {
    const int rows = flatten ? 1 : data.rank() - 1;
    return {.m = data.product(0, rows),
            .n = num_hidden,
            .k = data.product(rows, data.rank()),
            .transpose_b = true};
  }
  ProductShape dataGradient(const Shape& data) const {
    const ProductShape f = forward(data);
    return {.m = f.m, .n = f.k, .k = f.n};
  }
  ProductShape weightGradient(const Shape& data) const {
    const ProductShape f = forward(data);
    return {.m = f.n, .n = f.k, .k = f.m, .transpose_a = true};
  }
};

}  // namespace tenon
