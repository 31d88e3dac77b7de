// where: chooses between two arrays, element by element or row by row.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/registry/builder.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

void whereShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  in[1] = in[2] = out[0] = merge(merge(in[1], in[2]), out[0]);
  const Shape& data = in[1];
  if (!data.rankKnown()) return;
  if (in[0].rank() == 1 && data.rank() > 1) {
    in[0] = merge(in[0], Shape{data[0]});
  } else if (in[0].rankKnown()) {
    in[0] = merge(in[0], data);
  }
}

void whereType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  DType type = out[0];
  for (const DType given : {in[2], in[1]}) {
    if (given != DType::kUnknown) type = given;
  }
  for (const DType given : {in[1], in[2], out[0]}) {
    TENON_CHECK(given == DType::kUnknown || given == type, kInvalidArgument,
                "where: x, y and the result have types ", nameOf(in[1]), ", ", nameOf(in[2]),
                " and ", nameOf(out[0]), ", expected one type");
  }
  in[1] = in[2] = out[0] = type;
  if (in[0] == DType::kUnknown) in[0] = type;
}

void runWhere(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
              std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  // How many elements one condition decides about.
  const int64_t width = out[0].size() / in[0].size();
  withType(in[0].dtype, [&]<class C>(C) {
    const C* condition = in[0].as<const C>();
    withSize(sizeOf(out[0].dtype), [&]<class T>(T) {
      const T* x = in[1].as<const T>();
      const T* y = in[2].as<const T>();
      T* to = out[0].as<T>();
      parallelFor(in[0].size(), std::max<int64_t>(16384 / width, 1),
                  [&](int64_t begin, int64_t end) {
                    if (width == 1) {
                      for (int64_t i = begin; i < end; ++i)
                        to[i] = convertTo<bool>(condition[i]) ? x[i] : y[i];
                      return;
                    }
                    for (int64_t i = begin; i < end; ++i) {
                      const T* from = convertTo<bool>(condition[i]) ? x : y;
                      std::memmove(to + i * width, from + i * width,
                                   static_cast<size_t>(width) * sizeof(T));
                    }
                  });
    });
  });
}

/// (condition, head) -> the gradients of x and y: the head where each was taken, zero elsewhere.
void whereBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  in[1] = out[0] = out[1] = merge(merge(in[1], out[0]), out[1]);
}

void whereBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  if (in[1] == DType::kUnknown) in[1] = out[0] == DType::kUnknown ? out[1] : out[0];
  out[0] = out[1] = in[1];
}

void runWhereBack(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                  std::span<const Request> requests) {
  if (in[1].size() == 0) return;
  const int64_t width = in[1].size() / in[0].size();
  withType(in[0].dtype, [&]<class C>(C) {
    const C* condition = in[0].as<const C>();
    withSize(sizeOf(in[1].dtype), [&]<class T>(T) {
      const T* head = in[1].as<const T>();
      for (int side = 0; side < 2; ++side) {
        if (requests[side] == Request::kNull) continue;
        T* to = out[side].as<T>();
        parallelFor(in[0].size(), std::max<int64_t>(16384 / width, 1),
                    [&](int64_t begin, int64_t end) {
                      for (int64_t i = begin; i < end; ++i) {
                        const bool taken = convertTo<bool>(condition[i]) == (side == 0);
                        for (int64_t k = i * width; k < (i + 1) * width; ++k) {
                          to[k] = taken ? head[k] : T{};
                        }
                      }
                    });
      }
    });
  });
}

std::vector<Value> whereGradient(GradientBuilder& g) {
  const std::vector<Value> sides =
      g.applyAll("_backward_where", std::vector<Value>{g.input(0), g.outputGradient(0)});
  return {Value{}, sides[0], sides[1]};
}

std::vector<Value> whereBackGradient(GradientBuilder& g) {
  return {Value{}, g.apply("where", {g.input(0), g.outputGradient(0), g.outputGradient(1)})};
}

const OpRegistration kWhere =
    OpBuilder("where")
        .doc(
            "Takes x where the condition is not zero, else y. A condition of rank 1 decides about "
            "whole rows.")
        .group("index")
        .input("condition", "An array of x's shape, or of its first extent; of any type.")
        .input("x", "Taken where the condition holds.")
        .input("y", "Taken elsewhere.")
        .shape(whereShape)
        .type(whereType)
        .gradient(whereGradient)
        .inplace({{1, 0}, {2, 0}})
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runWhere, .adds = false});

const OpRegistration kWhereBack =
    OpBuilder("_backward_where")
        .doc("The gradients of where: the head where each was taken, zero elsewhere.")
        .input("condition", "As in the operator.")
        .input("head", "The gradient of the result.")
        .output("x", "The gradient of x.")
        .output("y", "The gradient of y.")
        .shape(whereBackShape)
        .type(whereBackType)
        .gradient(whereBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runWhereBack, .adds = false});

}  // namespace
}  // namespace tenon
