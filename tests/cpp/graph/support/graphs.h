// Small operators for tests of the graph, a plain evaluator for graphs of them, and short forms.
//
// `_test_sin`, `_test_cos`, `_test_mul`, `_test_add`: with gradients that are made of themselves;
// in place.
// `_test_scale` (scalar): a dynamic parameter.        `_test_pair`: two outputs, x + y and x * y.
// `_test_loss`: ignores the gradient from above.      `_test_state`: writes its second input.
// `_test_block`: gradient zero.                       `_test_opaque`: no gradient. `_test_noise`:
// random.
// `_test_many` (count): as many outputs.
// `_test_dot`: (m, k) by (k, n).                      `_test_forget`: its rules clear what is
// known.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/symbol.h"
#include "ops/registry/registry.h"

namespace tenon {

inline Symbol apply(std::string_view op, const std::string& name, const std::vector<Symbol>& inputs,
                    const AttrMap& attrs = {}) {
  return Symbol::apply(findOp(op), attrs, name, inputs);
}

/// The values of `outputs` for given values of the variables, by name: every entry is one number.
std::vector<double> evaluate(const std::vector<NodeEntry>& outputs,
                             const std::map<std::string, double>& variables);

/// The only output of the variable of that name.
NodeEntry variableOf(const Symbol& symbol, const std::string& name);

using Names = std::vector<std::string>;

}  // namespace tenon
