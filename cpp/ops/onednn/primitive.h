// A oneDNN primitive made once and run many times: from several threads, without allocation.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ops/onednn/layout.h"

namespace tenon::onednn {

/// Scratch memory is the caller's: every primitive is made with this.
dnnl::primitive_attr userScratchpad();

/// Immutable but for a spare set of memory objects. Moving is for construction; running is
/// thread-safe.
class Primitive {
 public:
  struct Arg {
    int id = 0;  ///< DNNL_ARG_…
    Desc desc;
  };

  Primitive() = default;
  /// `args` in the order in which `run` gets their pointers; the scratchpad is not among them.
  Primitive(dnnl::primitive primitive, const Desc& scratchpad, std::vector<Arg> args);
  Primitive(Primitive&& other) noexcept;
  Primitive& operator=(Primitive&& other) noexcept;
  ~Primitive();

  explicit operator bool() const noexcept { return static_cast<bool>(primitive_); }
  size_t scratchBytes() const noexcept { return scratch_bytes_; }
  /// One pointer per argument; `scratch` has scratchBytes() bytes, aligned to 64.
  void run(std::span<void* const> pointers, void* scratch) const;

 private:
  struct Bindings;
  std::unique_ptr<Bindings> bind() const;

  dnnl::primitive primitive_;
  std::vector<Arg> args_;
  size_t scratch_bytes_ = 0;
  int threads_ = 1;
  mutable std::atomic<Bindings*> spare_{nullptr};
};

/// A primitive whose operands may come in other formats than it wants: those are copied before and
/// after, through workspace.
class StagedPrimitive {
 public:
  struct Operand {
    int id = 0;    ///< DNNL_ARG_…
    Desc outside;  ///< as the caller has it
    Desc inside;   ///< as the primitive wants it
    bool output = false;
  };

  StagedPrimitive() = default;
  StagedPrimitive(dnnl::primitive primitive, const Desc& scratchpad,
                  const std::vector<Operand>& operands);

  explicit operator bool() const noexcept { return static_cast<bool>(primitive_); }
  size_t workspaceBytes() const noexcept { return workspace_bytes_; }
  /// One pointer per operand.
  void run(std::span<void* const> pointers, void* workspace) const;

 private:
  struct Stage {
    size_t operand = 0;
    size_t offset = 0;
    bool output = false;
    Primitive reorder;
  };

  Primitive primitive_;
  std::vector<Stage> stages_;
  size_t scratch_offset_ = 0;
  size_t workspace_bytes_ = 0;
};

/// A primitive that copies between two formats.
Primitive makeReorder(const Desc& from, const Desc& to);

/// `bytes` rounded up so that what follows is aligned to 64.
constexpr size_t aligned(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

}  // namespace tenon::onednn
