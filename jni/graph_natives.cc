// org.tenon.internal.GraphNatives.
#include <unordered_map>

#include "graph/graph_scope.h"
#include "graph/node.h"
#include "graph/symbol.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"

namespace tenon::jni {
namespace {

/// A node as Java's table wants it.
std::vector<std::string> rowOf(const Node& node, const std::unordered_map<const Node*, size_t>& ids,
                               bool auxiliary) {
  std::string inputs;
  for (const NodeEntry& input : node.inputs) {
    if (!inputs.empty()) inputs += ' ';
    inputs += concat(ids.at(input.node.get()), ':', input.index);
  }
  return {node.name, node.isVariable() ? "null" : node.op().name, inputs, auxiliary ? "aux" : ""};
}

jobjectArray nodes(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] {
    const Held<SymbolTable> held(symbol);
    const GraphReadScope reading;
    const std::vector<NodePtr> order = topologicalOrder(held->outputs());
    std::unordered_map<const Node*, size_t> ids;
    std::vector<bool> auxiliary(order.size());
    for (size_t i = 0; i < order.size(); ++i) {
      ids.emplace(order[i].get(), i);
      if (order[i]->isVariable()) continue;
      for (size_t k = 0; k < order[i]->inputs.size(); ++k) {
        const Node* input = order[i]->inputs[k].node.get();
        if (input->isVariable() && order[i]->attrs->mutates(static_cast<int>(k))) {
          auxiliary[ids.at(input)] = true;
        }
      }
    }
    jobjectArray rows = nullptr;
    for (size_t i = 0; i < order.size(); ++i) {
      jobjectArray row = toJava(env, rowOf(*order[i], ids, auxiliary[i]));
      if (!rows) {
        rows = env->NewObjectArray(static_cast<jsize>(order.size()), env->GetObjectClass(row),
                                   nullptr);
        checkJava(env);
      }
      env->SetObjectArrayElement(rows, static_cast<jsize>(i), row);
      checkJava(env);
      env->DeleteLocalRef(row);
    }
    return rows;
  });
}

}  // namespace

NativeClass graphNatives() {
  static const JNINativeMethod methods[] = {method("nodes", "(J)[[Ljava/lang/String;", nodes)};
  return {"org/tenon/internal/GraphNatives", methods};
}

}  // namespace tenon::jni
