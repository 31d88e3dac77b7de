// Moves of sizes that fill several blocks: each way in which the library moves data, for each size
// of element, aligned and not, compared with the CPU.
#include <algorithm>
#include <numeric>

#include "compare.h"

namespace tenon {
namespace {

/// One type for each size of element.
constexpr DType kSizes[] = {DType::kUInt8, DType::kFloat16, DType::kFloat32, DType::kFloat64};

std::string listOf(const std::vector<int>& values) {
  std::string text = "(";
  for (const int value : values) text += std::to_string(value) + ",";
  return text + ")";
}

/// Moved elements are the same bits, and sums here are of small whole numbers: nothing is rounded.
void expectSame(const std::string& op, const std::vector<HostArray>& inputs, const AttrMap& attrs,
                const RunOptions& options = {}) {
  expectSameOnDevice(op, inputs, attrs, 0, options);
}

HostArray numbers(const Shape& shape, DType type, unsigned seed, int misalign = 0) {
  const HostArray array = filled(shape, type, seed, integers(0, 100));
  return HostArray::of(shape, array.values(), type, misalign);
}

TEST(CudaMoves, permuteFourAxes) {
  for (const DType type : kSizes) {
    for (const int shift : {0, 1}) {
      RunOptions options;
      options.misalign = shift;
      const HostArray x = numbers({17, 6, 21, 48}, type, 1, shift);
      std::vector<int> axes = {0, 1, 2, 3};
      do {
        expectSame("transpose", {x}, {{"axes", listOf(axes)}}, options);
      } while (std::next_permutation(axes.begin(), axes.end()));
    }
    // Sides of a tile, one less and one more.
    for (const int64_t side : {16, 31, 32, 33, 63, 64, 65, 129}) {
      expectSame("transpose", {numbers({3, side, 65}, type, 2)}, {{"axes", "(0,2,1)"}});
      expectSame("transpose", {numbers({side, 3, 65}, type, 2)}, {{"axes", "(2,1,0)"}});
    }
    expectSame("depth_to_space", {numbers({3, 36, 20, 20}, type, 3)}, {{"block_size", "3"}});
    expectSame("space_to_depth", {numbers({3, 4, 60, 60}, type, 3)}, {{"block_size", "3"}});
  }
}

/// More arrays than one launch takes and than cross the edge at once, of mixed widths.
TEST(CudaMoves, joinAndCutManyArrays) {
  for (const DType type : kSizes) {
    for (const int axis : {0, 1, 2}) {
      for (const int count : {2, 40, 150}) {
        std::vector<HostArray> parts;
        Shape whole = {3, 8, 16};
        whole[axis] = 0;
        for (int i = 0; i < count; ++i) {
          Shape part = {3, 8, 16};
          part[axis] = i % 7 == 3 ? 0 : i * 5 % 32 + (count == 2 ? 900 : 0);
          whole[axis] += part[axis];
          parts.push_back(numbers(part, type, static_cast<unsigned>(i), i % 3 == 1 ? 1 : 0));
        }
        const AttrMap dim = {{"dim", std::to_string(axis)}};
        expectSame("Concat", parts, dim);
        parts.insert(parts.begin(), numbers(whole, type, 7));
        expectSame("_backward_Concat", parts, dim);
      }
      Shape whole = {3, 8, 16};
      whole[axis] = 200;
      const HostArray x = numbers(whole, type, 8);
      expectSame("SliceChannel", {x}, {{"num_outputs", "100"}, {"axis", std::to_string(axis)}});
      expectSame("stack", std::vector<HostArray>(70, x), {{"axis", std::to_string(axis)}});
    }
  }
}

TEST(CudaMoves, sliceAndReplace) {
  const AttrMap boxes[] = {
      {{"begin", "(1,2,3)"}, {"end", "(19,70,59)"}},
      {{"begin", "(None,4,0)"}, {"end", "(None,68,60)"}},
      {{"begin", "(-1,None,None)"}, {"end", "(None,None,None)"}, {"step", "(-3,-1,-2)"}},
      {{"begin", "(0,0,59)"}, {"end", "(20,70,None)"}, {"step", "(2,1,-1)"}},
  };
  for (const DType type : kSizes) {
    const HostArray x = numbers({20, 70, 60}, type, 1);
    for (AttrMap box : boxes) {
      expectSame("slice", {x}, box);
      const HostArray part = runOnCpu("slice", {x}, box)[0];
      expectSame("_slice_assign", {numbers(x.shape(), type, 2), part}, box);
      expectSame("_backward_slice", {part, x}, box);
      box["scalar"] = "7";
      expectSame("_slice_assign_scalar", {x}, box);
    }
    expectSame("reverse", {x}, {{"axis", "(0,2)"}});
    expectSame("reverse", {x}, {{"axis", "1"}});
    expectSame("diag", {numbers({70, 80, 20}, type, 3)}, {{"k", "2"}});
    expectSame("diag", {numbers({300}, type, 3)}, {{"k", "-3"}});
  }
}

TEST(CudaMoves, padEveryAxis) {
  for (const DType type : kSizes) {
    const HostArray x = numbers({5, 9, 40, 33}, type, 1);
    for (const char* mode : {"constant", "edge", "reflect"}) {
      const AttrMap attrs = {
          {"mode", mode}, {"pad_width", "(2,4,0,3,7,0,16,5)"}, {"constant_value", "3"}};
      expectSame("Pad", {x}, attrs);
      if (mode == std::string("constant")) continue;
      const HostArray head = filled({11, 12, 47, 54}, type, 2, integers(0, 1));
      expectSame("_backward_Pad", {head, x}, attrs);
    }
  }
}

/// Sums of few and of many terms, each of few and of many outputs.
TEST(CudaMoves, sumWhatWasRepeated) {
  const std::pair<Shape, const char*> tilings[] = {
      {{40, 30}, "(3,5)"}, {{300, 7}, "(2,1)"},  {{3, 5}, "(31,27)"},
      {{2}, "70000"},      {{1, 3}, "(3000,1)"},
  };
  for (const DType type : kAllTypes) {
    for (const auto& [shape, reps] : tilings) {
      const HostArray x = numbers(shape, type, 1);
      const AttrMap attrs = {{"reps", reps}};
      expectSame("tile", {x}, attrs);
      // Float16 counts to 2048 only.
      const Shape tiled = runOnCpu("tile", {x}, attrs)[0].shape();
      HostArray head(tiled, type);
      for (int64_t i = 0; i < head.size(); ++i) head.set(i, i % 101 == 0 ? 1 : 0);
      expectSame("_backward_tile", {head, x}, attrs);
    }
    const HostArray x = numbers({50, 20, 6}, type, 2);
    for (const char* axis : {"0", "1", "2", "None"}) {
      const AttrMap attrs = {{"repeats", "9"}, {"axis", axis}};
      expectSame("repeat", {x}, attrs);
      const Shape repeated = runOnCpu("repeat", {x}, attrs)[0].shape();
      expectSame("_backward_repeat", {filled(repeated, type, 3, integers(0, 3)), x}, attrs);
    }
  }
}

/// Loops that cannot be joined, more of them than a shape has axes.
TEST(CudaMoves, takeAnyNumberOfLoops) {
  const HostArray x = numbers({2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1}, DType::kFloat32, 1);
  const AttrMap attrs = {{"reps", "(2,2,2,2,2,2,2,2,2,2,2,2)"}};
  expectSame("tile", {x}, attrs);
  HostArray head = filled(Shape(std::vector<int64_t>{4, 2, 4, 2, 4, 2, 4, 2, 4, 2, 4, 2}),
                          DType::kFloat32, 2, integers(0, 3));
  expectSame("_backward_tile", {head, x}, attrs);
}

}  // namespace
}  // namespace tenon
