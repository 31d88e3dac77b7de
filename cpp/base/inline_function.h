// A move-only callable that keeps its target inside itself: no heap, one indirect call.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace tenon {

template <class Signature, size_t kBytes>
class InlineFunction;

/// Holds any callable of at most kBytes bytes whose move does not throw; larger ones are a compile
/// error, because a hidden allocation per task is what this type is there to avoid. Calling an
/// empty one is undefined.
template <class R, class... Args, size_t kBytes>
class InlineFunction<R(Args...), kBytes> {
 public:
  InlineFunction() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): null converts, as for std::function
  InlineFunction(std::nullptr_t) {}

  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, InlineFunction> &&
           std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
      // NOLINTNEXTLINE(google-explicit-constructor): lambdas convert, as for std::function
      InlineFunction(F&& function) {
    using Target = std::decay_t<F>;
    static_assert(sizeof(Target) <= kBytes,
                  "the callable is too large: capture a reference-counted struct instead");
    static_assert(alignof(Target) <= alignof(std::max_align_t),
                  "the callable needs too much alignment");
    static_assert(std::is_nothrow_move_constructible_v<Target>, "the callable's move may throw");
    std::construct_at(reinterpret_cast<Target*>(storage_), std::forward<F>(function));
    actions_ = &kActionsOf<Target>;
  }

  InlineFunction(InlineFunction&& other) noexcept { take(other); }
  InlineFunction& operator=(InlineFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  InlineFunction(const InlineFunction&) = delete;
  InlineFunction& operator=(const InlineFunction&) = delete;
  ~InlineFunction() { reset(); }

  /// Destroys the target; empty afterwards.
  void reset() noexcept {
    if (actions_ != nullptr) {
      const Actions* actions = std::exchange(actions_, nullptr);
      if (actions->destroy != nullptr) actions->destroy(storage_);
    }
  }

  explicit operator bool() const noexcept { return actions_ != nullptr; }

  R operator()(Args... args) { return actions_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct Actions {
    R (*call)(void* target, Args&&... args);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void* target) noexcept;  ///< null: nothing to do
  };

  template <class Target>
  static constexpr Actions kActionsOf = {
      [](void* target, Args&&... args) -> R {
        return static_cast<R>(
            (*std::launder(static_cast<Target*>(target)))(std::forward<Args>(args)...));
      },
      [](void* from, void* to) noexcept {
        Target* source = std::launder(static_cast<Target*>(from));
        std::construct_at(static_cast<Target*>(to), std::move(*source));
        std::destroy_at(source);
      },
      std::is_trivially_destructible_v<Target>
          ? static_cast<void (*)(void*) noexcept>(nullptr)
          : [](void*
                   target) noexcept { std::destroy_at(std::launder(static_cast<Target*>(target))); },
  };

  void take(InlineFunction& other) noexcept {
    actions_ = std::exchange(other.actions_, nullptr);
    if (actions_ != nullptr) actions_->move(other.storage_, storage_);
  }

  const Actions* actions_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[kBytes];
};

}  // namespace tenon
