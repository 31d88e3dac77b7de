#include "graph/names.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace tenon {

namespace {

std::unordered_map<std::string, int64_t>& counters() {
  thread_local std::unordered_map<std::string, int64_t> by_hint;
  return by_hint;
}

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Levenshtein's distance.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nextName(std::string_view hint) {
  std::string name = lowerCase(hint);
  const int64_t number = counters()[name]++;
  return name + std::to_string(number);
}

std::string_view hintOf(std::string_view called) noexcept {
  for (const std::string_view space : {"_contrib_", "_linalg_", "_sparse_", "_image_"}) {
    if (called.starts_with(space)) return called.substr(space.size());
  }
  return called;
}

void resetNames() noexcept { counters().clear(); }

std::string didYouMean(std::string_view wanted, std::span<const std::string> names) {
  constexpr size_t kLongest = 256;  // the distance takes time quadratic in the length
  if (wanted.size() > kLongest) return "";
  const std::string lower = lowerCase(wanted);
  const size_t farthest = std::max<size_t>(2, wanted.size() / 3);
  std::vector<std::pair<size_t, const std::string*>> near;
  for (const std::string& name : names) {
    if (name.size() > wanted.size() + farthest || name.size() + farthest < wanted.size()) continue;
    const size_t d = distance(lower, lowerCase(name));
    if (d <= farthest) near.emplace_back(d, &name);
  }
  if (near.empty()) return "";
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  constexpr size_t kMost = 3;
  std::string text = "; did you mean \"" + *near[0].second + "\"";
  for (size_t i = 1; i < std::min(near.size(), kMost); ++i)
    text += " or \"" + *near[i].second + "\"";
  return text + "?";
}

}  // namespace tenon
