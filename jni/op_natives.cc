// org.tenon.internal.OpNatives
#include <algorithm>

#include "exec/autograd.h"
#include "exec/intern.h"
#include "exec/invoke.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "ops/registry/registry.h"

namespace tenon::jni {
namespace {

/// Attributes are handed to Java as addresses: Java keeps the object that owns one reachable during
/// calls.
const OpAttrsPtr& attrsOf(jlong pointer) { return *reinterpret_cast<const OpAttrsPtr*>(pointer); }

jlong parse(JNIEnv* env, jclass, jstring op, jobjectArray keys, jobjectArray values, jint inputs) {
  return call(env, [&] {
    const std::vector<std::string> names = toStrings(env, keys, "attribute");
    const std::vector<std::string> texts = toStrings(env, values, "attribute");
    AttrMap dict;
    for (size_t i = 0; i < names.size() && i < texts.size(); ++i) dict[names[i]] = texts[i];
    OpAttrsPtr attrs = internedAttrs(findOp(toString(env, op, "op")), dict, inputs);
    return reinterpret_cast<jlong>(std::make_unique<OpAttrsPtr>(std::move(attrs)).release());
  });
}

void free(JNIEnv*, jclass, jlong attrs) {
  const std::unique_ptr<OpAttrsPtr> owner(reinterpret_cast<OpAttrsPtr*>(attrs));
}

jint visibleOutputs(JNIEnv*, jclass, jlong attrs) { return attrsOf(attrs)->numVisibleOutputs(); }

jlong invoke1(JNIEnv* env, jclass, jlong attrs, jlong a) {
  return call(env, [&] {
    const Held<ArrayTable> first(a);
    const NDArray* inputs[] = {&first->array()};
    NDArray output;
    invoke(attrsOf(attrs), inputs, {&output, 1});
    return newArray(std::move(output));
  });
}

jlong invoke2(JNIEnv* env, jclass, jlong attrs, jlong a, jlong b) {
  return call(env, [&] {
    const Held<ArrayTable> first(a);
    const Held<ArrayTable> second(b);
    const NDArray* inputs[] = {&first->array(), &second->array()};
    NDArray output;
    invoke(attrsOf(attrs), inputs, {&output, 1});
    return newArray(std::move(output));
  });
}

jlong invokeScalar(JNIEnv* env, jclass, jlong attrs, jlong a, jdouble scalar) {
  return call(env, [&] {
    const Held<ArrayTable> first(a);
    const NDArray* inputs[] = {&first->array()};
    const double dynamic[] = {scalar};
    NDArray output;
    invoke(attrsOf(attrs), inputs, {&output, 1}, dynamic);
    return newArray(std::move(output));
  });
}

void invoke2Into(JNIEnv* env, jclass, jlong attrs, jlong a, jlong b, jlong out) {
  call(env, [&] {
    const Held<ArrayTable> first(a);
    const Held<ArrayTable> second(b);
    const Held<ArrayTable> into(out);
    const NDArray* inputs[] = {&first->array(), &second->array()};
    NDArray output = into->array();
    invoke(attrsOf(attrs), inputs, {&output, 1});
    keepPlace(std::move(output), out, *into, 1u + (a == out) + (b == out));
  });
}

void invokeScalarInto(JNIEnv* env, jclass, jlong attrs, jlong a, jdouble scalar, jlong out) {
  call(env, [&] {
    const Held<ArrayTable> first(a);
    const Held<ArrayTable> into(out);
    const NDArray* inputs[] = {&first->array()};
    const double dynamic[] = {scalar};
    NDArray output = into->array();
    invoke(attrsOf(attrs), inputs, {&output, 1}, dynamic);
    keepPlace(std::move(output), out, *into, 1u + (a == out));
  });
}

jlongArray invokeAny(JNIEnv* env, jclass, jlong attrs, jlongArray inputs, jlongArray outputs,
                     jdoubleArray dynamic, jlong device) {
  return call(env, [&] {
    HeldArrays held;
    const std::vector<Handle> given = toLongs(env, inputs, "input");
    for (const Handle handle : given) held.add(handle);
    std::vector<double> values;
    if (dynamic) {
      values.resize(static_cast<size_t>(env->GetArrayLength(dynamic)));
      env->GetDoubleArrayRegion(dynamic, 0, static_cast<jsize>(values.size()), values.data());
    }
    const OpAttrsPtr& parsed = attrsOf(attrs);
    std::vector<NDArray> results;
    if (outputs) {
      results = toArrays(env, outputs, "out");
      TENON_CHECK(static_cast<int>(results.size()) == parsed->numVisibleOutputs(), kInvalidArgument,
                  parsed->op().name, ": ", results.size(), " arrays to write to, but ",
                  parsed->numVisibleOutputs(), " outputs");
    } else {
      results.resize(static_cast<size_t>(parsed->numVisibleOutputs()));
    }
    invoke(parsed, held.pointers(), results, values, toDevice(device));
    if (!outputs) return newArrays(env, results);
    size_t at = 0;
    for (const Handle handle : toLongs(env, outputs, "out")) {
      const auto holds = static_cast<uint64_t>(std::count(given.begin(), given.end(), handle));
      keepPlace(std::move(results[at++]), handle, *Held<ArrayTable>(handle), 1 + holds);
    }
    return jlongArray{};
  });
}

const JNINativeMethod kMethods[] = {
    method("parse", "(Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/String;I)J", parse),
    method("free", "(J)V", free),
    method("visibleOutputs", "(J)I", visibleOutputs),
    method("invoke1", "(JJ)J", invoke1),
    method("invoke2", "(JJJ)J", invoke2),
    method("invokeScalar", "(JJD)J", invokeScalar),
    method("invoke2Into", "(JJJJ)V", invoke2Into),
    method("invokeScalarInto", "(JJDJ)V", invokeScalarInto),
    method("invoke", "(J[J[J[DJ)[J", invokeAny),
};

}  // namespace

NativeClass opNatives() { return {"org/tenon/internal/OpNatives", kMethods}; }

}  // namespace tenon::jni
