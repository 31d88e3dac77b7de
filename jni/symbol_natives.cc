// org.tenon.internal.SymbolNatives
#include "graph/names.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "ops/registry/registry.h"

namespace tenon::jni {
namespace {

Handle newSymbol(Symbol symbol) { return SymbolTable::get().create(std::move(symbol)); }

std::vector<Symbol> toSymbols(JNIEnv* env, jlongArray handles, const char* name) {
  std::vector<Symbol> symbols;
  for (const Handle handle : toLongs(env, handles, name))
    symbols.push_back(*Held<SymbolTable>(handle));
  return symbols;
}

jlong variable(JNIEnv* env, jclass, jstring name, jobjectArray attributes) {
  return call(env, [&] {
    return newSymbol(Symbol::variable(toString(env, name, "name"), toAttrs(env, attributes)));
  });
}

jlong apply(JNIEnv* env, jclass, jstring op, jobjectArray attributes, jstring name,
            jlongArray inputs, jobjectArray input_names) {
  return call(env, [&] {
    const std::vector<Symbol> symbols = toSymbols(env, inputs, "input");
    const auto names =
        input_names ? toStrings(env, input_names, "input name") : std::vector<std::string>{};
    return newSymbol(Symbol::apply(findOp(toString(env, op, "op")), toAttrs(env, attributes),
                                   toString(env, name, "name"), symbols, names));
  });
}

jstring nextName(JNIEnv* env, jclass, jstring called) {
  return call(
      env, [&] { return toJava(env, tenon::nextName(hintOf(toString(env, called, "called")))); });
}

jlong group(JNIEnv* env, jclass, jlongArray symbols) {
  return call(env, [&] { return newSymbol(Symbol::group(toSymbols(env, symbols, "symbol"))); });
}

jint numOutputs(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] { return Held<SymbolTable>(symbol)->numOutputs(); });
}

jlong output(JNIEnv* env, jclass, jlong symbol, jint index) {
  return call(env, [&] { return newSymbol(Held<SymbolTable>(symbol)->output(index)); });
}

jlong outputNamed(JNIEnv* env, jclass, jlong symbol, jstring name) {
  return call(env, [&] {
    return newSymbol(
        Held<SymbolTable>(symbol)->output(std::string_view(toString(env, name, "name"))));
  });
}

jlong internals(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] { return newSymbol(Held<SymbolTable>(symbol)->internals()); });
}

jlong children(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] {
    Symbol found = Held<SymbolTable>(symbol)->children();
    return found.numOutputs() == 0 ? Handle{0} : newSymbol(std::move(found));
  });
}

jlong compose(JNIEnv* env, jclass, jlong symbol, jobjectArray names, jlongArray values) {
  return call(env, [&] {
    const std::vector<std::string> keys = toStrings(env, names, "name");
    return newSymbol(Held<SymbolTable>(symbol)->compose(keys, toSymbols(env, values, "value")));
  });
}

jstring name(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] { return toJava(env, Held<SymbolTable>(symbol)->name()); });
}

jobjectArray list(JNIEnv* env, jclass, jlong symbol, jint what) {
  return call(env, [&] {
    const Held<SymbolTable> held(symbol);
    switch (what) {
      case 0:
        return toJava(env, held->listArguments());
      case 1:
        return toJava(env, held->listAuxiliaryStates());
      case 2:
        return toJava(env, held->listOutputs());
      default:
        return toJava(env, held->listInputs());
    }
  });
}

jstring attribute(JNIEnv* env, jclass, jlong symbol, jstring key) {
  return call(env, [&]() -> jstring {
    const auto value = Held<SymbolTable>(symbol)->attribute(toString(env, key, "key"));
    return value ? toJava(env, *value) : nullptr;
  });
}

void setAttribute(JNIEnv* env, jclass, jlong symbol, jstring key, jstring value) {
  call(env, [&] {
    Held<SymbolTable>(symbol)->setAttribute(toString(env, key, "key"),
                                            toString(env, value, "value"));
  });
}

jobjectArray attributes(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] {
    std::vector<std::string> triples;
    for (const auto& [node, attrs] : Held<SymbolTable>(symbol)->attributes()) {
      for (const auto& [key, value] : attrs) triples.insert(triples.end(), {node, key, value});
    }
    return toJava(env, triples);
  });
}

jobjectArray toJava(JNIEnv* env, const std::vector<Shape>& shapes) {
  jobjectArray out =
      env->NewObjectArray(static_cast<jsize>(shapes.size()), java().long_array, nullptr);
  checkJava(env);
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (!shapes[i].rankKnown()) continue;
    const LocalFrame frame(env, 1);
    env->SetObjectArrayElement(out, static_cast<jsize>(i), jni::toJava(env, shapes[i].dims()));
  }
  return out;
}

jobjectArray inferShapes(JNIEnv* env, jclass, jlong symbol, jobjectArray names,
                         jobjectArray shapes) {
  return call(env, [&] {
    const InferredShapes found =
        Held<SymbolTable>(symbol)->inferShapes(toShapes(env, names, shapes));
    jobjectArray out = env->NewObjectArray(3, java().long_array_array, nullptr);
    checkJava(env);
    env->SetObjectArrayElement(out, 0, toJava(env, found.arguments));
    env->SetObjectArrayElement(out, 1, toJava(env, found.outputs));
    env->SetObjectArrayElement(out, 2, toJava(env, found.auxiliary));
    return out;
  });
}

jintArray toJava(JNIEnv* env, const std::vector<DType>& dtypes) {
  std::vector<jint> codes;
  for (const DType dtype : dtypes) codes.push_back(static_cast<jint>(dtype));
  jintArray out = env->NewIntArray(static_cast<jsize>(codes.size()));
  checkJava(env);
  env->SetIntArrayRegion(out, 0, static_cast<jsize>(codes.size()), codes.data());
  return out;
}

jobjectArray inferTypes(JNIEnv* env, jclass, jlong symbol, jobjectArray names, jintArray dtypes) {
  return call(env, [&] {
    const std::vector<std::string> keys = toStrings(env, names, "name");
    std::vector<jint> codes(keys.size());
    env->GetIntArrayRegion(dtypes, 0, static_cast<jsize>(codes.size()), codes.data());
    checkJava(env);
    std::map<std::string, DType> known;
    for (size_t i = 0; i < keys.size(); ++i) known[keys[i]] = dtypeOfCode(codes[i]);
    const InferredTypes found = Held<SymbolTable>(symbol)->inferTypes(known);
    jobjectArray out = env->NewObjectArray(3, java().int_array, nullptr);
    checkJava(env);
    env->SetObjectArrayElement(out, 0, toJava(env, found.arguments));
    env->SetObjectArrayElement(out, 1, toJava(env, found.outputs));
    env->SetObjectArrayElement(out, 2, toJava(env, found.auxiliary));
    return out;
  });
}

jstring toJson(JNIEnv* env, jclass, jlong symbol) {
  return call(env, [&] { return jni::toJava(env, Held<SymbolTable>(symbol)->toJson()); });
}

jlong fromJson(JNIEnv* env, jclass, jstring json, jstring origin) {
  return call(env, [&] {
    return newSymbol(
        Symbol::fromJson(toString(env, json, "json"), toString(env, origin, "origin")));
  });
}

jlong load(JNIEnv* env, jclass, jstring file) {
  return call(env, [&] { return newSymbol(Symbol::load(toString(env, file, "file"))); });
}

void save(JNIEnv* env, jclass, jlong symbol, jstring file) {
  call(env, [&] { Held<SymbolTable>(symbol)->save(toString(env, file, "file")); });
}

const JNINativeMethod kMethods[] = {
    method("variable", "(Ljava/lang/String;[Ljava/lang/String;)J", variable),
    method("apply",
           "(Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;[J[Ljava/lang/String;)J",
           apply),
    method("nextName", "(Ljava/lang/String;)Ljava/lang/String;", nextName),
    method("group", "([J)J", group),
    method("numOutputs", "(J)I", numOutputs),
    method("output", "(JI)J", output),
    method("outputNamed", "(JLjava/lang/String;)J", outputNamed),
    method("internals", "(J)J", internals),
    method("children", "(J)J", children),
    method("compose", "(J[Ljava/lang/String;[J)J", compose),
    method("name", "(J)Ljava/lang/String;", name),
    method("list", "(JI)[Ljava/lang/String;", list),
    method("attribute", "(JLjava/lang/String;)Ljava/lang/String;", attribute),
    method("setAttribute", "(JLjava/lang/String;Ljava/lang/String;)V", setAttribute),
    method("attributes", "(J)[Ljava/lang/String;", attributes),
    method("inferShapes", "(J[Ljava/lang/String;[[J)[[[J", inferShapes),
    method("inferTypes", "(J[Ljava/lang/String;[I)[[I", inferTypes),
    method("toJson", "(J)Ljava/lang/String;", toJson),
    method("fromJson", "(Ljava/lang/String;Ljava/lang/String;)J", fromJson),
    method("load", "(Ljava/lang/String;)J", load),
    method("save", "(JLjava/lang/String;)V", save),
};

}  // namespace

NativeClass symbolNatives() { return {"org/tenon/internal/SymbolNatives", kMethods}; }

}  // namespace tenon::jni
