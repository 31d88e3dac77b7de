// Arrays and graphs for the tests of exec.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "exec/executor.h"
#include "exec/invoke.h"
#include "graph/symbol.h"
#include "ops/registry/registry.h"
#include "tensor/ndarray.h"

namespace tenon {

inline NDArray arrayOf(const Shape& shape, const std::vector<float>& values,
                       Device device = Device::cpu()) {
  NDArray array = NDArray::empty(shape, DType::kFloat32, device);
  array.copyFromHost(values.data(), static_cast<int64_t>(values.size() * sizeof(float)));
  return array;
}

inline NDArray filled(const Shape& shape, float value) {
  return arrayOf(shape, std::vector<float>(static_cast<size_t>(shape.size()), value));
}

inline std::vector<float> valuesOf(const NDArray& array) {
  std::vector<float> values(static_cast<size_t>(array.size()));
  array.copyToHost(values.data(), array.bytes());
  return values;
}

/// Values in [-scale, scale) that depend on `seed` alone.
inline NDArray noise(const Shape& shape, uint32_t seed, float scale = 1) {
  std::vector<float> values(static_cast<size_t>(shape.size()));
  uint32_t state = seed * 2654435761u + 12345u;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = (static_cast<float>(state >> 8) / 8388608.0f - 1.0f) * scale;
  }
  return arrayOf(shape, values);
}

inline NDArray call(std::string_view op, const std::vector<NDArray>& inputs,
                    const AttrMap& attrs = {}) {
  return invoke(op, attrs, inputs).at(0);
}

inline Symbol node(std::string_view op, const std::string& name, const std::vector<Symbol>& inputs,
                   const AttrMap& attrs = {}) {
  return Symbol::apply(findOp(op), attrs, name, inputs);
}

inline void expectClose(const std::vector<float>& actual, const std::vector<float>& expected,
                        float tolerance, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], tolerance * std::max(1.0f, std::abs(expected[i])))
        << what << ", element " << i;
  }
}

/// Arrays for the arguments and auxiliary states of a symbol whose shapes follow from those given.
struct Bound {
  std::map<std::string, NDArray> arguments, gradients, auxiliary;

  Bound(const Symbol& symbol, const std::map<std::string, Shape>& shapes, float scale = 0.3f) {
    const InferredShapes inferred = symbol.inferShapes(shapes);
    uint32_t seed = 1;
    const std::vector<std::string> names = symbol.listArguments();
    for (size_t i = 0; i < names.size(); ++i) {
      if (!inferred.arguments[i].known()) continue;  // the test brings it
      arguments[names[i]] = noise(inferred.arguments[i], seed++, scale);
      if (!shapes.contains(names[i])) gradients[names[i]] = filled(inferred.arguments[i], 0);
    }
    const std::vector<std::string> states = symbol.listAuxiliaryStates();
    for (size_t i = 0; i < states.size(); ++i) {
      auxiliary[states[i]] =
          filled(inferred.auxiliary[i], states[i].ends_with("var") ? 1.0f : 0.0f);
    }
  }

  std::shared_ptr<Executor> bind(const Symbol& symbol,
                                 const std::map<std::string, Request>& requests = {}) const {
    return Executor::bind(symbol, Device::cpu(), arguments, gradients, requests, auxiliary);
  }
};

}  // namespace tenon
