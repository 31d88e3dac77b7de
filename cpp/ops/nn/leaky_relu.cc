// LeakyReLU: the rectifiers that let something of the negative side through.
//
//   leaky: x < 0 ? slope·x : x;  prelu: the slope is the input gamma;  rrelu: drawn per element in
//   training, else the bounds' mean;  elu: x < 0 ? slope·(e^x − 1) : x;  selu: scale·(x < 0 ?
//   alpha·(e^x − 1) : x);  gelu: x·Φ(x)
// The second, hidden output holds the slopes that rrelu drew.
#include "ops/nn/leaky_relu.h"

#include "base/parallel.h"
#include "ops/linalg/through_float.h"
#include "ops/nn/real.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

const LeakyReluParams& paramsOf(const OpAttrs& attrs) { return attrs.params<LeakyReluParams>(); }

/// gamma has one slope for all, or one per channel (axis 1, or axis 0 of one axis).
Shape gammaShape(const Shape& data) {
  if (!data.rankKnown()) return Shape::ofRank(1);
  return {data.rank() > 1 ? data[1] : data.rank() == 1 ? data[0] : 1};
}

void unifyGamma(const OpAttrs& attrs, Shape& gamma, const Shape& data) {
  if (gamma == Shape({1})) return;
  unify(attrs, "gamma", gamma, gammaShape(data));
}

/// Elements that rrelu draws slopes for; otherwise the hidden output is empty.
Shape slopesShape(const OpAttrs& attrs, const Shape& data) {
  return paramsOf(attrs).act_type == RectifierKind::kRrelu ? data : Shape{0};
}

void inferForward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  sameAsFirst(attrs, in, out.first(1));
  if (in.size() > 1) unifyGamma(attrs, in[1], in[0]);
  unify(attrs, "mask", out[1], slopesShape(attrs, in[0]));
}

/// The index of an element's slope in gamma.
struct GammaIndex {
  ChannelView view;
  int64_t operator()(int64_t i) const { return i / view.inner % view.channels; }
};

template <class T>
void drawSlopes(const KernelContext& context, T* slopes, int64_t count) {
  const auto& p = paramsOf(context.attrs());
  const RandomState random = context.random();
  parallelFor((count + 3) / 4, kElementFloor / 16, [=, &p](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const Philox4 drawn = philox(random.seed, random.offset + static_cast<uint64_t>(block));
      for (int64_t i = 0; i < std::min<int64_t>(4, count - block * 4); ++i) {
        slopes[block * 4 + i] = static_cast<T>(p.drawnSlope(drawn.x[i]));
      }
    }
  });
}

void runForward(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = paramsOf(context.attrs());
  const bool random = p.act_type == RectifierKind::kRrelu;
  dispatchReal(in[0].dtype, [&]<class T>() {
    const int64_t count = in[0].size();
    const T mean = static_cast<T>(p.meanSlope());
    const T* slopes = nullptr;
    if (random) {
      T* drawn = requests[1] != Request::kNull
                     ? out[1].as<T>()
                     : static_cast<T*>(context.workspace(static_cast<size_t>(count) * sizeof(T)));
      if (context.training()) {
        drawSlopes(context, drawn, count);
      } else {
        std::fill_n(drawn, count, mean);
      }
      slopes = drawn;
    }
    if (requests[0] == Request::kNull) return;
    const T *x = in[0].as<T>(), *gamma = in.size() > 1 ? in[1].as<T>() : nullptr;
    const GammaIndex index{gammaView(in[0].shape, gamma != nullptr ? in[1].size() : 1)};
    T* y = out[0].as<T>();
    parallelFor(count, kElementFloor / 8, [=, &p](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T a = slopes != nullptr  ? slopes[i]
                    : gamma != nullptr ? gamma[index(i)]
                                       : static_cast<T>(p.slope);
        y[i] = rectified(p.act_type, x[i], a);
      }
    });
  });
}

// dY, data, (gamma | slopes) -> dX, (dgamma)
void runBackward(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = paramsOf(context.attrs());
  dispatchReal(in[0].dtype, [&]<class T>() {
    const T *dy = in[0].as<T>(), *x = in[1].as<T>();
    const T* slopes = p.act_type == RectifierKind::kRrelu ? in[2].as<T>() : nullptr;
    const T* gamma = p.act_type == RectifierKind::kPrelu ? in[2].as<T>() : nullptr;
    const int64_t count = in[0].size();
    const GammaIndex index{gammaView(in[0].shape, gamma != nullptr ? in[2].size() : 1)};
    if (requests[0] != Request::kNull) {
      T* dx = out[0].as<T>();
      parallelFor(count, kElementFloor / 8, [=, &p](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const T a = slopes != nullptr  ? slopes[i]
                      : gamma != nullptr ? gamma[index(i)]
                                         : static_cast<T>(p.slope);
          dx[i] = dy[i] * rectifierSlope(p.act_type, x[i], a);
        }
      });
    }
    if (gamma == nullptr || requests[1] == Request::kNull) return;
    std::vector<double> sums(static_cast<size_t>(in[2].size()));
    for (int64_t i = 0; i < count; ++i) {
      if (x[i] < T(0))
        sums[static_cast<size_t>(index(i))] +=
            static_cast<double>(dy[i]) * static_cast<double>(x[i]);
    }
    for (size_t c = 0; c < sums.size(); ++c) out[1].as<T>()[c] = static_cast<T>(sums[c]);
  });
}

void inferBackward(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  allSame(attrs, in.first(2), out.first(1));
  const RectifierKind kind = paramsOf(attrs).act_type;
  if (kind == RectifierKind::kRrelu) unify(attrs, "mask", in[2], in[0]);
  if (kind != RectifierKind::kPrelu) return;
  unifyGamma(attrs, in[2], in[0]);
  unify(attrs, "gamma's gradient", out[1], in[2]);
}

std::vector<Value> gradient(GradientBuilder& b) {
  const RectifierKind kind = paramsOf(b.attrs()).act_type;
  std::vector<Value> inputs = {b.outputGradient(0), b.input(0)};
  if (kind == RectifierKind::kPrelu) inputs.push_back(b.input(1));
  if (kind == RectifierKind::kRrelu) inputs.push_back(b.output(1));
  return b.applyAll("_backward_LeakyReLU", inputs, b.attrs().dict());
}

int countInputs(const LeakyReluParams& p) { return p.act_type == RectifierKind::kPrelu ? 2 : 1; }
int countBackwardInputs(const LeakyReluParams& p) {
  return p.act_type == RectifierKind::kPrelu || p.act_type == RectifierKind::kRrelu ? 3 : 2;
}
int countGradients(const LeakyReluParams& p) { return p.act_type == RectifierKind::kPrelu ? 2 : 1; }

uint64_t countersFor(const OpAttrs& attrs, std::span<const Shape> out) {
  return paramsOf(attrs).act_type == RectifierKind::kRrelu
             ? (static_cast<uint64_t>(out[0].size()) + 3) / 4
             : 0;
}

const OpRegistration kLeakyRelu = OpBuilder("LeakyReLU")
                                      .doc(
                                          "Rectifiers that let something of the negative side "
                                          "through: leaky, prelu (a learnt slope), rrelu (a random "
                                          "one), elu, selu and gelu.")
                                      .group("nn")
                                      .params<LeakyReluParams>()
                                      .input("data", "The input.")
                                      .input("gamma", "prelu's slopes: one, or one per channel.")
                                      .inputCount<LeakyReluParams>(countInputs)
                                      .output("output", "The result.")
                                      .output("mask", "The slopes that rrelu used.")
                                      .visibleOutputs(1)
                                      .shape(inferForward)
                                      .type(sameFloatingType)
                                      .gradient(gradient)
                                      .random(countersFor)
                                      .cpu(throughFloat<nullptr, runForward>({.adds = false}));

const OpRegistration kLeakyReluGradient =
    OpBuilder("_backward_LeakyReLU")
        .doc("The gradients of LeakyReLU.")
        .params<LeakyReluParams>()
        .input("ograd", "The output's gradient.")
        .input("data", "The input.")
        .input("slopes", "gamma, or the slopes that rrelu used.")
        .inputCount<LeakyReluParams>(countBackwardInputs)
        .output("data_grad", "The data's gradient.")
        .output("gamma_grad", "gamma's gradient.")
        .outputCount<LeakyReluParams>(countGradients)
        .shape(inferBackward)
        .type(sameFloatingType)
        .hidden()
        .cpu(throughFloat<nullptr, runBackward>({.adds = false}));

}  // namespace
}  // namespace tenon
