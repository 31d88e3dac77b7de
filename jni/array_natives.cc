// org.tenon.internal.ArrayNatives
#include <cstring>

#include "exec/views.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "tensor/params_file.h"

namespace tenon::jni {
namespace {

constexpr bool onHost(Device device) { return device.type != DeviceType::kGpu; }

/// Copies between a Java array of the type that belongs to `dtype` and `memory`, which holds all
/// its elements. No critical regions: nothing that waits ever stands between Java's collector and
/// its work.
void copyElements(JNIEnv* env, jobject java_array, DType dtype, int64_t size, void* memory,
                  bool to_java) {
  const auto count = static_cast<jsize>(size);
  const auto region = [&](auto get, auto set, auto array, auto* elements) {
    if (to_java) {
      (env->*set)(array, 0, count, elements);
    } else {
      (env->*get)(array, 0, count, elements);
    }
  };
  using E = JNIEnv;
  switch (dtype) {
    case DType::kFloat32:
      region(&E::GetFloatArrayRegion, &E::SetFloatArrayRegion, static_cast<jfloatArray>(java_array),
             static_cast<jfloat*>(memory));
      break;
    case DType::kFloat64:
      region(&E::GetDoubleArrayRegion, &E::SetDoubleArrayRegion,
             static_cast<jdoubleArray>(java_array), static_cast<jdouble*>(memory));
      break;
    case DType::kInt32:
      region(&E::GetIntArrayRegion, &E::SetIntArrayRegion, static_cast<jintArray>(java_array),
             static_cast<jint*>(memory));
      break;
    case DType::kInt64:
      region(&E::GetLongArrayRegion, &E::SetLongArrayRegion, static_cast<jlongArray>(java_array),
             static_cast<jlong*>(memory));
      break;
    case DType::kInt8:
    case DType::kUInt8:
      region(&E::GetByteArrayRegion, &E::SetByteArrayRegion, static_cast<jbyteArray>(java_array),
             static_cast<jbyte*>(memory));
      break;
    case DType::kBool:
      region(&E::GetBooleanArrayRegion, &E::SetBooleanArrayRegion,
             static_cast<jbooleanArray>(java_array), static_cast<jboolean*>(memory));
      break;
    default:
      fail(ErrorKind::kUnsupported, "Java has no arrays of ", nameOf(dtype));
  }
  checkJava(env);
}

void checkCount(JNIEnv* env, jobject java_array, const NDArray& array) {
  checkNotNull(java_array, "values");
  const jsize count = env->GetArrayLength(static_cast<jarray>(java_array));
  TENON_CHECK(count == array.size(), kInvalidArgument, count, " elements for an array of shape ",
              array.shape());
}

void writeElements(JNIEnv* env, const NDArray& array, jobject from) {
  checkCount(env, from, array);
  std::vector<std::byte> bytes(static_cast<size_t>(array.bytes()));
  copyElements(env, from, array.dtype(), array.size(), bytes.data(), false);
  array.copyFromHost(bytes.data(), array.bytes());
}

jlong empty(JNIEnv* env, jclass, jlongArray shape, jint dtype, jlong device) {
  return call(env, [&] {
    return newArray(
        NDArray::empty(toShape(env, shape, "shape"), dtypeOfCode(dtype), toDevice(device)));
  });
}

jlong of(JNIEnv* env, jclass, jobject values, jlongArray shape, jint dtype, jlong device) {
  return call(env, [&] {
    NDArray array =
        NDArray::empty(toShape(env, shape, "shape"), dtypeOfCode(dtype), toDevice(device));
    if (onHost(array.device())) {
      // Nobody else knows the new memory yet: it may be filled without asking the engine.
      checkCount(env, values, array);
      copyElements(env, values, array.dtype(), array.size(), array.view().data, false);
    } else {
      writeElements(env, array, values);
    }
    return newArray(std::move(array));
  });
}

jlongArray shape(JNIEnv* env, jclass, jlong handle) {
  return call(env, [&] { return toJava(env, Held<ArrayTable>(handle)->array().shape().dims()); });
}

jint dtype(JNIEnv* env, jclass, jlong handle) {
  return call(env, [&] { return static_cast<jint>(Held<ArrayTable>(handle)->array().dtype()); });
}

jlong device(JNIEnv* env, jclass, jlong handle) {
  return call(env, [&] { return packed(Held<ArrayTable>(handle)->array().device()); });
}

void read(JNIEnv* env, jclass, jlong handle, jobject to) {
  call(env, [&] {
    const Held<ArrayTable> held(handle);
    const NDArray& array = held->array();
    checkCount(env, to, array);
    if (onHost(array.device())) {
      array.waitToRead();
      copyElements(env, to, array.dtype(), array.size(), array.view().data, true);
    } else {
      std::vector<std::byte> bytes(static_cast<size_t>(array.bytes()));
      array.copyToHost(bytes.data(), array.bytes());
      copyElements(env, to, array.dtype(), array.size(), bytes.data(), true);
    }
  });
}

void write(JNIEnv* env, jclass, jlong handle, jobject from) {
  call(env, [&] {
    const Held<ArrayTable> held(handle);
    writeElements(env, held->array(), from);
  });
}

std::byte* bufferAddress(JNIEnv* env, jobject buffer, jlong offset) {
  checkNotNull(buffer, "buffer");
  void* address = env->GetDirectBufferAddress(buffer);
  TENON_CHECK(address, kInvalidArgument, "expected a direct buffer");
  return static_cast<std::byte*>(address) + offset;
}

void readBuffer(JNIEnv* env, jclass, jlong handle, jobject buffer, jlong offset, jlong bytes) {
  call(env, [&] {
    const Held<ArrayTable> held(handle);
    held->array().copyToHost(bufferAddress(env, buffer, offset), bytes);
  });
}

void writeBuffer(JNIEnv* env, jclass, jlong handle, jobject buffer, jlong offset, jlong bytes) {
  call(env, [&] {
    const Held<ArrayTable> held(handle);
    TENON_CHECK(bytes == held->array().bytes(), kInvalidArgument, "the buffer has ", bytes,
                " bytes left, an array of shape ", held->array().shape(), " and dtype ",
                nameOf(held->array().dtype()), " has ", held->array().bytes());
    held->array().copyFromHost(bufferAddress(env, buffer, offset), bytes);
  });
}

jlong slice(JNIEnv* env, jclass, jlong handle, jlong begin, jlong end) {
  return call(
      env, [&] { return newArray(tenon::slice(Held<ArrayTable>(handle)->array(), begin, end)); });
}

jlong at(JNIEnv* env, jclass, jlong handle, jlong index) {
  return call(env, [&] { return newArray(tenon::at(Held<ArrayTable>(handle)->array(), index)); });
}

jlong reshape(JNIEnv* env, jclass, jlong handle, jlongArray dims) {
  return call(env, [&] {
    const Held<ArrayTable> held(handle);
    return newArray(tenon::reshape(held->array(), toShape(env, dims, "shape")));
  });
}

jlong detach(JNIEnv* env, jclass, jlong handle) {
  return call(env, [&] { return newArray(tenon::detach(Held<ArrayTable>(handle)->array())); });
}

void copyTo(JNIEnv* env, jclass, jlong from, jlong to) {
  call(env, [&] {
    const Held<ArrayTable> source(from);
    const Held<ArrayTable> target(to);
    NDArray written = target->array();
    copy(source->array(), written);
    keepPlace(std::move(written), to, *target, from == to ? 2 : 1);
  });
}

void waitToRead(JNIEnv* env, jclass, jlong handle) {
  call(env, [&] { Held<ArrayTable>(handle)->array().waitToRead(); });
}

void save(JNIEnv* env, jclass, jstring file, jlongArray handles, jobjectArray names) {
  call(env, [&] {
    const std::vector<NDArray> arrays = toArrays(env, handles, "array");
    const std::vector<std::string> keys =
        names ? toStrings(env, names, "name") : std::vector<std::string>{};
    saveParams(toString(env, file, "file"), arrays, keys);
  });
}

jobjectArray handOver(JNIEnv* env, NamedArrays loaded, jobjectArray handles) {
  env->SetObjectArrayElement(handles, 0, newArrays(env, loaded.arrays));
  checkJava(env);
  return loaded.names.empty() ? nullptr : toJava(env, loaded.names);
}

jobjectArray load(JNIEnv* env, jclass, jstring file, jobjectArray handles) {
  return call(env, [&] { return handOver(env, loadParams(toString(env, file, "file")), handles); });
}

jobjectArray parse(JNIEnv* env, jclass, jbyteArray bytes, jstring origin, jobjectArray handles) {
  return call(env, [&] {
    checkNotNull(bytes, "bytes");
    std::vector<std::byte> copy(static_cast<size_t>(env->GetArrayLength(bytes)));
    env->GetByteArrayRegion(bytes, 0, static_cast<jsize>(copy.size()),
                            reinterpret_cast<jbyte*>(copy.data()));
    return handOver(env, parseParams(copy, toString(env, origin, "origin")), handles);
  });
}

const JNINativeMethod kMethods[] = {
    method("empty", "([JIJ)J", empty),
    method("of", "(Ljava/lang/Object;[JIJ)J", of),
    method("shape", "(J)[J", shape),
    method("dtype", "(J)I", dtype),
    method("device", "(J)J", device),
    method("read", "(JLjava/lang/Object;)V", read),
    method("write", "(JLjava/lang/Object;)V", write),
    method("readBuffer", "(JLjava/nio/Buffer;JJ)V", readBuffer),
    method("writeBuffer", "(JLjava/nio/Buffer;JJ)V", writeBuffer),
    method("slice", "(JJJ)J", slice),
    method("at", "(JJ)J", at),
    method("reshape", "(J[J)J", reshape),
    method("detach", "(J)J", detach),
    method("copyTo", "(JJ)V", copyTo),
    method("waitToRead", "(J)V", waitToRead),
    method("save", "(Ljava/lang/String;[J[Ljava/lang/String;)V", save),
    method("load", "(Ljava/lang/String;[[J)[Ljava/lang/String;", load),
    method("parse", "([BLjava/lang/String;[[J)[Ljava/lang/String;", parse),
};

}  // namespace

NativeClass arrayNatives() { return {"org/tenon/internal/ArrayNatives", kMethods}; }

}  // namespace tenon::jni
