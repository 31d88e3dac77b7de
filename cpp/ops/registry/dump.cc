// The registry as JSON: one object per operator and line, ordered by name, so that a change of one
// operator is a change of one line. Per operator: name, aliases, doc, group, hidden, inputs (name,
// doc), variadic and numArgsParam, outputs (name, doc), params (name, type, doc, options, default,
// required, optional, dynamic), mutatedInputs, differentiable.
#include <string>
#include <string_view>

#include "ops/registry/registry.h"

namespace tenon {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

const char* boolean(bool value) { return value ? "true" : "false"; }

template <class List, class F>
std::string array(const List& list, F&& one) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? "," : "") + one(item);
  return out + "]";
}

std::string argument(const ArgInfo& arg) {
  return "{\"name\":" + quoted(arg.name) + ",\"doc\":" + quoted(arg.doc) + "}";
}

std::string parameter(const ParamInfo& p) {
  std::string out =
      "{\"name\":" + quoted(p.name) + ",\"type\":" + quoted(p.type) + ",\"doc\":" + quoted(p.doc);
  out += ",\"options\":" + array(p.options, quoted) +
         ",\"default\":" + quoted(p.required ? "" : p.default_text);
  out +=
      std::string(",\"required\":") + boolean(p.required) + ",\"optional\":" + boolean(p.optional);
  return out + ",\"dynamic\":" + boolean(p.dynamic) + "}";
}

std::string one(const Op& op) {
  std::vector<ArgInfo> outputs = op.outputs;
  if (outputs.empty()) outputs.push_back({"output", "The result."});
  std::string out = "{\"name\":" + quoted(op.name) + ",\"aliases\":" + array(op.aliases, quoted);
  out += ",\"doc\":" + quoted(op.doc) + ",\"group\":" + quoted(op.group) +
         ",\"hidden\":" + boolean(op.hidden);
  out += ",\"inputs\":" + array(op.inputs, argument) + ",\"variadic\":" + boolean(op.variadic);
  out +=
      ",\"numArgsParam\":" + quoted(op.num_args_param) + ",\"outputs\":" + array(outputs, argument);
  out += ",\"params\":" + array(op.params, parameter);
  out += ",\"mutatedInputs\":" + array(op.mutated_inputs, [](int i) { return std::to_string(i); });
  return out + ",\"differentiable\":" + boolean(op.gradient || op.zero_gradient) + "}";
}

}  // namespace

std::string dumpRegistry() {
  std::string out = "{\"ops\":[";
  for (const Op* op : allOps()) out += (out.back() == '[' ? "\n" : ",\n") + one(*op);
  return out + "\n]}\n";
}

}  // namespace tenon
