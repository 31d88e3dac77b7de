// Operators whose parameters are arrays: _sample_uniform, _sample_normal, … draw `shape` elements
// for each element of their parameters; _sample_multinomial draws indices by given probabilities.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/random/distributions.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct SampleParams {
  Shape shape;
  Optional<DType> dtype;

  static void describe(ParamSchema<SampleParams>& s) {
    s.field("shape", &SampleParams::shape, "Shape of what is drawn for each parameter.")
        .defaultTo(Shape::scalar());
    s.field("dtype", &SampleParams::dtype,
            "Type of the result; None: the parameters', if floating, else float32.");
  }
};

/// first + second; an unknown second adds nothing.
Shape joined(const Shape& first, const Shape& second) {
  Shape result = first;
  for (int64_t extent : second) result.append(extent);
  return result;
}

void sampleShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  Shape parameters;
  for (const Shape& shape : in) parameters = merge(parameters, shape);
  for (Shape& shape : in) shape = parameters;
  if (parameters.rankKnown())
    out[0] = merge(out[0], joined(parameters, attrs.params<SampleParams>().shape));
}

void sampleType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  DType type = DType::kUnknown;
  for (DType given : in) {
    if (type == DType::kUnknown) type = given;
    TENON_CHECK(given == DType::kUnknown || given == type, kInvalidArgument, attrs.op().name,
                ": the parameters have types ", nameOf(type), " and ", nameOf(given),
                ", expected one type");
  }
  for (DType& given : in) given = type;
  const auto& wanted = attrs.params<SampleParams>().dtype;
  if (wanted.has) {
    out[0] = wanted.value;
  } else if (out[0] == DType::kUnknown && type != DType::kUnknown) {
    out[0] = isFloating(type) ? type : DType::kFloat32;
  }
  TENON_CHECK(out[0] == DType::kUnknown || isFloating(out[0]), kInvalidArgument, attrs.op().name,
              ": the result has type ", nameOf(out[0]), ", expected a floating type");
}

double numberAt(const TensorView& view, int64_t index) {
  return withType(view.dtype,
                  [&]<class T>(T) { return convertTo<double>(view.as<const T>()[index]); });
}

template <class D>
void runSample(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const RandomState random = context.random();
  const int64_t each = out[0].size() / in[0].size();
  withType(out[0].dtype, [&]<class T>(T) {
    parallelFor(out[0].size(), 512, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const double a = numberAt(in[0], i / each);
        const double b = in.size() > 1 ? numberAt(in[1], i / each) : 0;
        if (i == begin || i % each == 0) D::check(a, b);
        Draws draws(random.seed, random.offset + static_cast<uint64_t>(i));
        out[0].as<T>()[i] = convertTo<T>(D::draw(draws, a, b));
      }
    });
  });
}

template <class D>
OpBuilder sampleOp() {
  const std::string name(D::kName);
  OpBuilder op("_sample_" + name);
  op.doc("Draws `shape` elements for each element of the parameters, " + std::string(D::kDoc) +
         " On a gpu, parameters outside of their range give NaN instead of an error.")
      .group("random")
      .alias("sample_" + name)
      .template params<SampleParams>();
  for (std::string_view input : D::kInputs) {
    op.input(input, "The parameter " + std::string(input) + ", one for each group of draws.");
  }
  op.shape(sampleShape)
      .type(sampleType)
      .zeroGradient()
      .random()
      .cpu({.prepare = nullptr, .run = runSample<D>, .adds = false});
  return op;
}

const OpRegistration kUniform = sampleOp<UniformDistribution>();
const OpRegistration kNormal = sampleOp<NormalDistribution>();
const OpRegistration kGamma = sampleOp<GammaDistribution>();
const OpRegistration kExponential = sampleOp<ExponentialDistribution>();
const OpRegistration kPoisson = sampleOp<PoissonDistribution>();
const OpRegistration kNegativeBinomial = sampleOp<NegativeBinomialDistribution>();
const OpRegistration kGeneralized = sampleOp<GeneralizedNegativeBinomialDistribution>();

// _sample_multinomial

struct MultinomialParams {
  Shape shape;
  bool get_prob;
  DType dtype;

  static void describe(ParamSchema<MultinomialParams>& s) {
    s.field("shape", &MultinomialParams::shape, "Shape of what is drawn for each distribution.")
        .defaultTo(Shape::scalar());
    s.field("get_prob", &MultinomialParams::get_prob,
            "Whether to give the logarithm of each draw's probability too.")
        .defaultTo(false);
    s.field("dtype", &MultinomialParams::dtype, "Type of the indices.").defaultTo(DType::kInt32);
  }
};

int multinomialOutputs(const MultinomialParams& p) { return p.get_prob ? 2 : 1; }

void multinomialShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Shape& data = in[0];
  if (!data.rankKnown()) return;
  TENON_CHECK(data.rank() > 0, kInvalidArgument,
              "_sample_multinomial: data is a scalar, expected shape (…,k)");
  TENON_CHECK(data[data.rank() - 1] != 0, kInvalidArgument, "_sample_multinomial: data has shape ",
              data, ", expected at least one choice");
  const auto& p = attrs.params<MultinomialParams>();
  Shape result = joined(Shape(data.dims().first(static_cast<size_t>(data.rank() - 1))), p.shape);
  // One draw of one distribution has shape (1,), as everywhere among the classic operators.
  if (result.rank() == 0) result.append(1);
  for (Shape& shape : out) shape = merge(shape, result);
}

void multinomialType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  out[0] = attrs.params<MultinomialParams>().dtype;
  if (out.size() > 1) out[1] = in[0];
}

void runMultinomial(KernelContext& context, std::span<const TensorView> in,
                    std::span<const TensorView> out, std::span<const Request> requests) {
  const TensorView& data = in[0];
  const int64_t choices = data.shape[data.shape.rank() - 1];
  const int64_t rows = data.size() / choices;
  if (rows == 0 || out[0].size() == 0) return;
  const int64_t each = out[0].size() / rows;
  const RandomState random = context.random();
  const bool log_wanted = out.size() > 1 && requests[1] != Request::kNull;
  parallelFor(rows, 1, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(static_cast<size_t>(choices));
    for (int64_t row = begin; row < end; ++row) {
      double total = 0;
      for (int64_t k = 0; k < choices; ++k) {
        const double p = numberAt(data, row * choices + k);
        TENON_CHECK(p >= 0 && std::isfinite(p), kInvalidArgument,
                    "_sample_multinomial: a probability is ", p, ", expected at least 0");
        sums[static_cast<size_t>(k)] = total += p;
      }
      TENON_CHECK(total > 0, kInvalidArgument, "_sample_multinomial: the probabilities of row ",
                  row, " sum to 0");
      for (int64_t i = row * each; i < (row + 1) * each; ++i) {
        const double u =
            Draws(random.seed, random.offset + static_cast<uint64_t>(i)).uniform() * total;
        const auto found = std::upper_bound(sums.begin(), sums.end(), u);
        int64_t index = std::min<int64_t>(found - sums.begin(), choices - 1);
        // Rounding of the sum may point behind the last choice that has a chance.
        while (index > 0 && numberAt(data, row * choices + index) == 0) --index;
        if (requests[0] != Request::kNull) {
          withType(out[0].dtype, [&]<class T>(T) { out[0].as<T>()[i] = convertTo<T>(index); });
        }
        if (log_wanted) {
          const double p = numberAt(data, row * choices + index);
          withType(out[1].dtype,
                   [&]<class T>(T) { out[1].as<T>()[i] = convertTo<T>(std::log(p)); });
        }
      }
    }
  });
}

/// The gradient of the logarithms, as in policy gradients: each head over the probability of its
/// draw.
std::vector<Value> multinomialGradient(GradientBuilder& g) {
  if (!g.attrs().params<MultinomialParams>().get_prob) return {Value{}};
  return {g.apply("_backward_sample_multinomial", {g.outputGradient(1), g.input(0), g.output(0)})};
}

/// (head, data, draws) -> data's shape.
void multinomialBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[1] = merge(in[1], out[0]);
}

void multinomialBackType(const OpAttrs&, std::span<DType> in, std::span<DType> out) {
  out[0] = in[0] = in[1];
}

void runMultinomialBack(KernelContext&, std::span<const TensorView> in,
                        std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const int64_t choices = out[0].shape[out[0].shape.rank() - 1];
  zeroFill(out[0]);
  if (out[0].size() == 0 || in[0].size() == 0) return;
  const int64_t each = in[0].size() / (out[0].size() / choices);
  withType(out[0].dtype, [&]<class T>(T) {
    for (int64_t i = 0; i < in[0].size(); ++i) {
      const auto drawn = static_cast<int64_t>(numberAt(in[2], i));
      const int64_t at = i / each * choices + std::clamp<int64_t>(drawn, 0, choices - 1);
      T& sum = out[0].as<T>()[at];
      sum = convertTo<T>(convertTo<double>(sum) + numberAt(in[0], i) / numberAt(in[1], at));
    }
  });
}

const OpRegistration kMultinomial =
    OpBuilder("_sample_multinomial")
        .doc(
            "Draws indices by probabilities: those of the last axis of data, which need not sum to "
            "1. On a gpu, a probability that is negative or not finite counts as 0 and is no "
            "error; where no choice has a chance, the index is 0.")
        .group("random")
        .alias("sample_multinomial")
        .params<MultinomialParams>()
        .input("data", "Probabilities; an array of shape (…, k).")
        .outputCount<MultinomialParams>(multinomialOutputs)
        .shape(multinomialShape)
        .type(multinomialType)
        .gradient(multinomialGradient)
        .random()
        .cpu({.prepare = nullptr, .run = runMultinomial, .adds = false});

const OpRegistration kMultinomialBack =
    OpBuilder("_backward_sample_multinomial")
        .doc("The gradient of _sample_multinomial's logarithms.")
        .input("head", "The gradient of the logarithms.")
        .input("data", "As in the operator.")
        .input("draws", "The indices drawn.")
        .shape(multinomialBackShape)
        .type(multinomialBackType)
        .hidden()
        .cpu({.prepare = nullptr, .run = runMultinomialBack, .adds = false});

}  // namespace
}  // namespace tenon
