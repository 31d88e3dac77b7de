// org.tenon.internal.KVStoreNatives.
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "kvstore/kvstore.h"

namespace tenon::jni {
namespace {

/// Calls a Java updater, on the thread that pushes and so inside a native call.
class JavaUpdater {
 public:
  JavaUpdater(JNIEnv* env, jobject updater) : updater_(env->NewGlobalRef(updater)) {
    if (!updater_) throw JavaPending{};
  }
  ~JavaUpdater() {
    // Stores may be freed by any thread; one that the JVM does not know is attached for the moment.
    JNIEnv* env = nullptr;
    JavaVM* vm = java().vm;
    const bool attached = vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) == JNI_OK;
    if (!attached &&
        vm->AttachCurrentThreadAsDaemon(reinterpret_cast<void**>(&env), nullptr) != JNI_OK) {
      return;
    }
    env->DeleteGlobalRef(updater_);
    if (!attached) vm->DetachCurrentThread();
  }
  JavaUpdater(const JavaUpdater&) = delete;
  JavaUpdater& operator=(const JavaUpdater&) = delete;

  void operator()(const std::string& key, NDArray pushed, NDArray stored) const {
    JNIEnv* env = nullptr;
    TENON_CHECK(java().vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) == JNI_OK,
                kInternal, "KVStore: the updater was called on a thread that Java does not know");
    const LocalFrame frame(env, 4);
    jstring name = toJava(env, key);
    const Handle sum = newArray(std::move(pushed));
    const Handle value = newArray(std::move(stored));
    env->CallVoidMethod(updater_, java().updater_update, name, static_cast<jlong>(sum),
                        static_cast<jlong>(value));
    checkJava(env);
  }

 private:
  jobject updater_;
};

jlong create(JNIEnv* env, jclass, jstring type) {
  return call(env, [&] {
    return static_cast<jlong>(
        KVStoreTable::get().create(KVStore::create(toString(env, type, "type"))));
  });
}

void init(JNIEnv* env, jclass, jlong store, jstring key, jlong value) {
  call(env, [&] {
    const Held<KVStoreTable> held(store);
    const Held<ArrayTable> array(value);
    (*held)->init(toString(env, key, "key"), array->array());
  });
}

void push(JNIEnv* env, jclass, jlong store, jstring key, jlongArray values, jint priority) {
  call(env, [&] {
    const Held<KVStoreTable> held(store);
    (*held)->push(toString(env, key, "key"), toArrays(env, values, "values"), priority);
  });
}

void pull(JNIEnv* env, jclass, jlong store, jstring key, jlongArray outputs, jint priority) {
  call(env, [&] {
    const Held<KVStoreTable> held(store);
    (*held)->pull(toString(env, key, "key"), toArrays(env, outputs, "outputs"), priority);
  });
}

void setUpdater(JNIEnv* env, jclass, jlong store, jobject updater) {
  call(env, [&] {
    const Held<KVStoreTable> held(store);
    if (!updater) {
      (*held)->setUpdater(nullptr);
      return;
    }
    auto shared = std::make_shared<JavaUpdater>(env, updater);
    (*held)->setUpdater([shared](const std::string& key, const NDArray& pushed, NDArray& stored) {
      (*shared)(key, pushed, stored);
    });
  });
}

}  // namespace

NativeClass kvstoreNatives() {
  static const JNINativeMethod methods[] = {
      method("create", "(Ljava/lang/String;)J", create),
      method("init", "(JLjava/lang/String;J)V", init),
      method("push", "(JLjava/lang/String;[JI)V", push),
      method("pull", "(JLjava/lang/String;[JI)V", pull),
      method("setUpdater", "(JLorg/tenon/internal/KVStoreNatives$Updater;)V", setUpdater),
  };
  return {"org/tenon/internal/KVStoreNatives", methods};
}

}  // namespace tenon::jni
