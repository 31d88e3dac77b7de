#include "exec/intern.h"

#include <map>
#include <mutex>
#include <tuple>

namespace tenon {
namespace {

constexpr size_t kCapacity = 4096;

using Key = std::tuple<const Op*, int, AttrMap>;

struct Table {
  std::mutex mutex;
  std::map<Key, OpAttrsPtr> attrs;
};

Table& table() {
  static Table* const instance =
      new Table;  // never destroyed: threads may outlive static destruction
  return *instance;
}

}  // namespace

OpAttrsPtr internedAttrs(const Op& op, const AttrMap& dict, int num_inputs) {
  Key key{&op, num_inputs, dict};
  Table& all = table();
  {
    const std::lock_guard lock(all.mutex);
    const auto found = all.attrs.find(key);
    if (found != all.attrs.end()) return found->second;
  }
  OpAttrsPtr made = op.parse(dict, num_inputs);
  const std::lock_guard lock(all.mutex);
  // A program whose attributes never repeat gains nothing from the table: start over rather than
  // grow.
  if (all.attrs.size() >= kCapacity) all.attrs.clear();
  return all.attrs.emplace(std::move(key), std::move(made)).first->second;
}

}  // namespace tenon
