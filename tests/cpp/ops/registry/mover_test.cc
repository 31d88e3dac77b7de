// Kernels that are said to be made of moves: they may run where their operands cannot be read.
#include "ops/registry/mover.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <set>

#include "support/op_case.h"

namespace tenon {
namespace {

/// Memory that faults where it is touched, as a device's does.
class Forbidden {
 public:
  Forbidden() : begin_(mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    EXPECT_NE(begin_, MAP_FAILED);
  }
  ~Forbidden() { munmap(begin_, kBytes); }
  Forbidden(const Forbidden&) = delete;
  Forbidden& operator=(const Forbidden&) = delete;

  void* take(int64_t bytes) {
    char* const block = static_cast<char*>(begin_) + used_;
    used_ += (static_cast<size_t>(bytes) + 63) / 64 * 64;
    EXPECT_LE(used_, kBytes);
    return block;
  }
  bool holds(const void* data, int64_t first, int64_t last, size_t element) const {
    const auto at = [&](int64_t i) {
      return static_cast<const char*>(data) + i * static_cast<int64_t>(element);
    };
    const char* const begin = static_cast<const char*>(begin_);
    return at(first) >= begin && at(last) < begin + used_;
  }

 private:
  static constexpr size_t kBytes = size_t{1} << 30;
  void* const begin_;
  size_t used_ = 0;
};

/// Checks that moves stay within memory that is the operator's, and counts them.
class CountingMover final : public Mover {
 public:
  explicit CountingMover(const Forbidden& memory) : memory_(memory) {}

  void copy(const CopyNest& nest, const void* from, void* to, size_t element_bytes) override {
    count(nest, from, to, element_bytes);
  }
  void fill(const CopyNest& nest, const void* element, void* to, size_t element_bytes) override {
    EXPECT_FALSE(memory_.holds(element, 0, 0, element_bytes)) << "an element of the device's";
    count(nest, nullptr, to, element_bytes);
  }
  void sum(const CopyNest& nest, const void* from, void* to, DType dtype, bool) override {
    count(nest, from, to, sizeOf(dtype));
  }
  void copyBytes(const void* from, void* to, int64_t bytes) override {
    EXPECT_TRUE(bytes == 0 || memory_.holds(from, 0, bytes - 1, 1));
    zero(to, bytes);
  }
  void zero(void* to, int64_t bytes) override {
    EXPECT_TRUE(bytes == 0 || memory_.holds(to, 0, bytes - 1, 1));
    ++moves_;
  }
  void settle() override {}
  int moves() const { return moves_; }

 private:
  void count(const CopyNest& nest, const void* from, void* to, size_t element_bytes) {
    ++moves_;
    if (nest.empty()) return;
    int64_t from_ends[] = {nest.fromOffset(), nest.fromOffset()};
    int64_t to_ends[] = {nest.toOffset(), nest.toOffset()};
    for (const MoveLoop& loop : nest.loops()) {
      from_ends[loop.from > 0 ? 1 : 0] += (loop.extent - 1) * loop.from;
      to_ends[loop.to > 0 ? 1 : 0] += (loop.extent - 1) * loop.to;
    }
    EXPECT_TRUE(from == nullptr || memory_.holds(from, from_ends[0], from_ends[1], element_bytes));
    EXPECT_TRUE(memory_.holds(to, to_ends[0], to_ends[1], element_bytes));
  }

  const Forbidden& memory_;
  int moves_ = 0;
};

class ForbiddenContext final : public KernelContext {
 public:
  ForbiddenContext(const OpAttrs& attrs, Forbidden& memory) : memory_(memory) {
    attrs_ = &attrs;
    dynamic_ = attrs.dynamicDefaults();
  }
  void* workspace(size_t bytes) override { return memory_.take(static_cast<int64_t>(bytes)); }
  TensorView allocateOutput(int, const Shape&) override {
    fail(ErrorKind::kInternal, "its outputs' shapes are known");
  }

 private:
  Forbidden& memory_;
};

void expectTouchesNothing(const Op& op, const AttrMap& dict, const std::vector<HostArray>& inputs,
                          const RunOptions& options) {
  const OpAttrsPtr attrs = op.parse(dict, static_cast<int>(inputs.size()));
  const std::vector<HostArray> outputs = runOp(op.name, inputs, dict, options);
  Forbidden memory;
  const auto view = [&](const HostArray& array) {
    const int64_t bytes = array.size() * static_cast<int64_t>(sizeOf(array.dtype()));
    return denseView(memory.take(bytes), array.shape(), array.dtype(), Device::cpu());
  };
  std::vector<TensorView> in;
  std::vector<TensorView> out;
  for (const HostArray& array : inputs) in.push_back(view(array));
  for (const HostArray& array : outputs) out.push_back(view(array));
  const std::vector<Request> requests(out.size(), Request::kWrite);
  ForbiddenContext context(*attrs, memory);
  CountingMover mover(memory);
  const MoverScope scope(context, mover);
  op.kernel(DeviceType::kCpu)->run(context, in, out, requests);
  EXPECT_GT(mover.moves(), 0);
}

TEST(Mover, kernelsOfMovesTouchNoElements) {
  const auto moves = [](const Op* op) {
    return op != nullptr && op->kernel(DeviceType::kCpu)->moves;
  };
  std::set<std::string> seen;
  for (const OpCase& given : allOpCases()) {
    const Op& op = findOp(given.op);
    if (!moves(&op)) continue;
    SCOPED_TRACE(concat(given.op, ", case ", given.number));
    std::vector<HostArray> inputs = given.makeInputs(DType::kFloat32);
    expectTouchesNothing(op, given.attrs, inputs, given.options());
    seen.insert(op.name);

    // Its gradient takes the head and the inputs; that of Pad is for two of its modes.
    const Op* const back = tryFindOp("_backward_" + op.name);
    const auto mode = given.attrs.find("mode");
    if (!moves(back) || (mode != given.attrs.end() && mode->second == "constant")) continue;
    AttrMap attrs = given.attrs;
    attrs.erase("num_args");
    inputs.insert(inputs.begin(), runOp(given.op, inputs, given.attrs)[0]);
    expectTouchesNothing(*back, attrs, inputs, {});
    seen.insert(back->name);
  }
  for (const Op* op : allOps()) {
    EXPECT_TRUE(!moves(op) || seen.contains(op->name)) << op->name << " was not tried";
  }
}

}  // namespace
}  // namespace tenon
