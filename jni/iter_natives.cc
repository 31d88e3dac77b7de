// org.tenon.internal.IterNatives.
#include "io/data_iter.h"
#include "io/mnist_iter.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"

namespace tenon::jni {
namespace {

std::vector<DataDesc> describe(Handle iter, bool labels) {
  const Held<IterTable> held(iter);
  return labels ? (*held)->provideLabel() : (*held)->provideData();
}

jlong create(JNIEnv* env, jclass, jstring type, jobjectArray keys, jobjectArray values) {
  return call(env, [&] {
    const std::string name = toString(env, type, "type");
    TENON_CHECK(name == "MNISTIter", kInvalidArgument, "iterator '", name,
                "' is not known, expected MNISTIter");
    const auto names = toStrings(env, keys, "keys");
    const auto texts = toStrings(env, values, "values");
    TENON_CHECK(names.size() == texts.size(), kInvalidArgument, names.size(), " keys for ",
                texts.size(), " values");
    AttrMap attrs;
    for (size_t i = 0; i < names.size(); ++i) attrs[names[i]] = texts[i];
    return static_cast<jlong>(IterTable::get().create(makeMnistIter(parseMnistOptions(attrs))));
  });
}

jobjectArray names(JNIEnv* env, jclass, jlong iter, jboolean labels) {
  return call(env, [&] {
    std::vector<std::string> result;
    for (const DataDesc& desc : describe(iter, labels != JNI_FALSE)) result.push_back(desc.name);
    return toJava(env, result);
  });
}

jobjectArray shapes(JNIEnv* env, jclass, jlong iter, jboolean labels) {
  return call(env, [&] {
    const auto descs = describe(iter, labels != JNI_FALSE);
    jobjectArray result =
        env->NewObjectArray(static_cast<jsize>(descs.size()), java().long_array, nullptr);
    checkJava(env);
    for (size_t i = 0; i < descs.size(); ++i) {
      jlongArray dims = toJava(env, descs[i].shape.dims());
      env->SetObjectArrayElement(result, static_cast<jsize>(i), dims);
      checkJava(env);
      env->DeleteLocalRef(dims);
    }
    return result;
  });
}

jlong batches(JNIEnv* env, jclass, jlong iter) {
  return call(env, [&] { return static_cast<jlong>((*Held<IterTable>(iter))->batches()); });
}

jlongArray next(JNIEnv* env, jclass, jlong iter) {
  return call(env, [&]() -> jlongArray {
    const Held<IterTable> held(iter);
    DataBatch batch;
    if (!(*held)->next(&batch)) return nullptr;
    std::vector<int64_t> result;
    for (std::vector<NDArray>* arrays : {&batch.data, &batch.label}) {
      for (NDArray& array : *arrays) result.push_back(newArray(std::move(array)));
    }
    result.push_back(batch.pad);
    return toJava(env, result);
  });
}

void reset(JNIEnv* env, jclass, jlong iter) {
  call(env, [&] { (*Held<IterTable>(iter))->reset(); });
}

}  // namespace

NativeClass iterNatives() {
  static const JNINativeMethod methods[] = {
      method("create", "(Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/String;)J", create),
      method("names", "(JZ)[Ljava/lang/String;", names),
      method("shapes", "(JZ)[[J", shapes),
      method("batches", "(J)J", batches),
      method("next", "(J)[J", next),
      method("reset", "(J)V", reset),
  };
  return {"org/tenon/internal/IterNatives", methods};
}

}  // namespace tenon::jni
