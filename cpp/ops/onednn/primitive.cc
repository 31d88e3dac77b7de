#include "ops/onednn/primitive.h"

#include <array>

namespace tenon::onednn {

dnnl::primitive_attr userScratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

/// Memory objects for one execution at a time: making them costs more than a small primitive.
struct Primitive::Bindings {
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> args;
};

Primitive::Primitive(dnnl::primitive primitive, const Desc& scratchpad, std::vector<Arg> args)
    : primitive_(std::move(primitive)),
      args_(std::move(args)),
      scratch_bytes_(scratchpad.get_size()),
      threads_(currentThreads()) {
  if (scratch_bytes_ > 0) args_.push_back({DNNL_ARG_SCRATCHPAD, scratchpad});
}

Primitive::Primitive(Primitive&& other) noexcept
    : primitive_(std::move(other.primitive_)),
      args_(std::move(other.args_)),
      scratch_bytes_(other.scratch_bytes_),
      threads_(other.threads_),
      spare_(other.spare_.exchange(nullptr)) {}

Primitive& Primitive::operator=(Primitive&& other) noexcept {
  if (this != &other) {
    primitive_ = std::move(other.primitive_);
    args_ = std::move(other.args_);
    scratch_bytes_ = other.scratch_bytes_;
    threads_ = other.threads_;
    delete spare_.exchange(other.spare_.exchange(nullptr));
  }
  return *this;
}

Primitive::~Primitive() { delete spare_.load(); }

std::unique_ptr<Primitive::Bindings> Primitive::bind() const {
  auto bindings = std::make_unique<Bindings>();
  for (const Arg& arg : args_) {
    bindings->memories.emplace_back(arg.desc, engine(), nullptr);
    bindings->args.push_back({arg.id, bindings->memories.back().get()});
  }
  return bindings;
}

void Primitive::run(std::span<void* const> pointers, void* scratch) const {
  std::unique_ptr<Bindings> bindings(spare_.exchange(nullptr, std::memory_order_acquire));
  if (!bindings) bindings = guarded("binding a oneDNN primitive", [this] { return bind(); });
  for (size_t i = 0; i < pointers.size(); ++i) {
    check(dnnl_memory_set_data_handle(bindings->args[i].memory, pointers[i]), "binding memory");
  }
  if (scratch_bytes_ > 0) {
    check(dnnl_memory_set_data_handle(bindings->args.back().memory, scratch), "binding memory");
  }
  check(dnnl_primitive_execute(primitive_.get(), stream(threads_).get(),
                               static_cast<int>(bindings->args.size()), bindings->args.data()),
        "running a oneDNN primitive");
  delete spare_.exchange(bindings.release(), std::memory_order_acq_rel);
}

StagedPrimitive::StagedPrimitive(dnnl::primitive primitive, const Desc& scratchpad,
                                 const std::vector<Operand>& operands) {
  std::vector<Primitive::Arg> args;
  size_t reorder_scratch = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    const Operand& operand = operands[i];
    args.push_back({operand.id, operand.inside});
    if (operand.outside == operand.inside || operand.inside.is_zero()) continue;
    Stage stage;
    stage.operand = i;
    stage.offset = workspace_bytes_;
    stage.output = operand.output;
    stage.reorder = operand.output ? makeReorder(operand.inside, operand.outside)
                                   : makeReorder(operand.outside, operand.inside);
    reorder_scratch = std::max(reorder_scratch, stage.reorder.scratchBytes());
    workspace_bytes_ += aligned(operand.inside.get_size());
    stages_.push_back(std::move(stage));
  }
  primitive_ = Primitive(std::move(primitive), scratchpad, std::move(args));
  scratch_offset_ = workspace_bytes_;
  workspace_bytes_ += aligned(std::max(primitive_.scratchBytes(), reorder_scratch));
}

void StagedPrimitive::run(std::span<void* const> pointers, void* workspace) const {
  constexpr size_t kMostOperands = 8;
  std::array<void*, kMostOperands> inside{};
  std::copy(pointers.begin(), pointers.end(), inside.begin());
  std::byte* base = static_cast<std::byte*>(workspace);
  void* scratch = base + scratch_offset_;
  for (const Stage& stage : stages_) {
    inside[stage.operand] = base + stage.offset;
    if (!stage.output)
      stage.reorder.run(std::array{pointers[stage.operand], inside[stage.operand]}, scratch);
  }
  primitive_.run(std::span(inside.data(), pointers.size()), scratch);
  for (const Stage& stage : stages_) {
    if (stage.output)
      stage.reorder.run(std::array{inside[stage.operand], pointers[stage.operand]}, scratch);
  }
}

Primitive makeReorder(const Desc& from, const Desc& to) {
  return preparing("preparing a change of layout", [&] {
    const dnnl::reorder::primitive_desc desc(engine(), from, engine(), to, userScratchpad());
    return Primitive(dnnl::reorder(desc), desc.scratchpad_desc(),
                     {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  });
}

}  // namespace tenon::onednn
