#include "graph/json_parse.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tenon {

namespace {

using Json = nlohmann::json;

/// Builds the document from the parser's events; the stack of open lists and objects is its own.
class DocumentBuilder final : public nlohmann::json_sax<Json> {
 public:
  DocumentBuilder(const std::string& origin, int most_depth)
      : origin_(origin), most_depth_(most_depth) {}

  Json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    member_ = &(*open_.back())[name];
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) override {
    // Without the library's number of the error in front and the text read, which may be anything,
    // behind.
    std::string what = error.what();
    if (const size_t at = what.find("] "); at != std::string::npos) what.erase(0, at + 2);
    if (const size_t at = what.find("; last read"); at != std::string::npos) what.erase(at);
    throw Error(ErrorKind::kIo, origin_ + ": " + what);
  }

 private:
  Json* place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    *member_ = std::move(value);
    return member_;
  }
  bool put(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    TENON_CHECK(open_.size() < static_cast<size_t>(most_depth_), kIo, origin_,
                ": lists and objects are nested more than ", most_depth_, " deep");
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& origin_;
  const int most_depth_;
  Json root_;
  std::vector<Json*> open_;  // an element's address is stable while the elements within it are read
  Json* member_ = nullptr;
};

}  // namespace

nlohmann::json parseJson(std::string_view text, const std::string& origin, int most_depth) {
  DocumentBuilder builder(origin, most_depth);
  Json::sax_parse(text, &builder);
  return builder.take();
}

}  // namespace tenon
