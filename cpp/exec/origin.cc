#include "exec/origin.h"

#include <atomic>
#include <utility>

#include "base/settings.h"

namespace tenon {
namespace {

std::atomic<bool>& debugFlag() noexcept {
  static std::atomic<bool> flag{settings().debug};
  return flag;
}

constinit std::atomic<PlaceFunction> place_function{nullptr};

}  // namespace

void setPlaceFunction(PlaceFunction function) noexcept {
  place_function.store(function, std::memory_order_release);
}

bool setDebug(bool on) noexcept { return debugFlag().exchange(on, std::memory_order_relaxed); }
bool isDebug() noexcept { return debugFlag().load(std::memory_order_relaxed); }

Ref<const Origin> currentOrigin() {
  if (!isDebug()) [[likely]]
    return nullptr;
  const PlaceFunction place = place_function.load(std::memory_order_acquire);
  if (place == nullptr) return nullptr;
  std::string text = place();
  return text.empty() ? nullptr : Ref<const Origin>(new Origin(std::move(text)));
}

std::string issuedAt(const Ref<const Origin>& origin) {
  return origin ? " issued at " + origin->place : std::string();
}

}  // namespace tenon
