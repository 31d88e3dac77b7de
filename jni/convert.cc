#include "jni/convert.h"

#include "jni/java.h"

namespace tenon::jni {
namespace {

constexpr char32_t kReplacement = 0xfffd;

void appendUtf8(std::string* out, char32_t c) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xc0 | c >> 6));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | c >> 12));
    out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xf0 | c >> 18));
    out->push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

/// The character at `*at`, which moves behind it. Bytes that are no UTF-8 become replacement
/// characters.
char32_t nextUtf8(std::string_view text, size_t* at) {
  const auto first = static_cast<unsigned char>(text[(*at)++]);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  if (more == 0 || first >= 0xf5 || text.size() - *at < static_cast<size_t>(more))
    return kReplacement;
  char32_t c = first & (0x3fu >> more);
  for (int i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[*at]);
    if ((byte & 0xc0) != 0x80) return kReplacement;
    c = c << 6 | (byte & 0x3f);
    ++*at;
  }
  return c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? kReplacement : c;
}

}  // namespace

void checkJava(JNIEnv* env) {
  if (env->ExceptionCheck()) throw JavaPending{};
}

void checkNotNull(jobject object, const char* name) {
  if (!object) throw NullArgument{name};
}

std::string toString(JNIEnv* env, jstring text, const char* name) {
  checkNotNull(text, name);
  const jsize length = env->GetStringLength(text);
  std::vector<jchar> units(static_cast<size_t>(length));
  env->GetStringRegion(text, 0, length, units.data());
  checkJava(env);
  std::string out;
  out.reserve(units.size());
  for (size_t i = 0; i < units.size(); ++i) {
    char32_t c = units[i];
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < units.size() && (units[i + 1] & 0xfc00) == 0xdc00) {
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
    } else if (c >= 0xd800 && c < 0xe000) {
      c = kReplacement;
    }
    appendUtf8(&out, c);
  }
  return out;
}

jstring toJava(JNIEnv* env, std::string_view utf8) {
  std::vector<jchar> units;
  units.reserve(utf8.size());
  for (size_t at = 0; at < utf8.size();) {
    const char32_t c = nextUtf8(utf8, &at);
    if (c < 0x10000) {
      units.push_back(static_cast<jchar>(c));
    } else {
      units.push_back(static_cast<jchar>(0xd800 + ((c - 0x10000) >> 10)));
      units.push_back(static_cast<jchar>(0xdc00 + ((c - 0x10000) & 0x3ff)));
    }
  }
  jstring text = env->NewString(units.data(), static_cast<jsize>(units.size()));
  checkJava(env);
  return text;
}

std::vector<std::string> toStrings(JNIEnv* env, jobjectArray texts, const char* name) {
  checkNotNull(texts, name);
  const jsize count = env->GetArrayLength(texts);
  std::vector<std::string> out;
  out.reserve(static_cast<size_t>(count));
  for (jsize i = 0; i < count; ++i) {
    const LocalFrame frame(env, 1);
    out.push_back(toString(env, static_cast<jstring>(env->GetObjectArrayElement(texts, i)), name));
  }
  return out;
}

jobjectArray toJava(JNIEnv* env, const std::vector<std::string>& texts) {
  jobjectArray out = env->NewObjectArray(static_cast<jsize>(texts.size()), java().string, nullptr);
  checkJava(env);
  for (size_t i = 0; i < texts.size(); ++i) {
    const LocalFrame frame(env, 1);
    env->SetObjectArrayElement(out, static_cast<jsize>(i), toJava(env, texts[i]));
    checkJava(env);
  }
  return out;
}

AttrMap toAttrs(JNIEnv* env, jobjectArray pairs) {
  const std::vector<std::string> texts = toStrings(env, pairs, "attribute");
  AttrMap attrs;
  for (size_t i = 0; i + 1 < texts.size(); i += 2) attrs[texts[i]] = texts[i + 1];
  return attrs;
}

std::vector<int64_t> toLongs(JNIEnv* env, jlongArray values, const char* name) {
  checkNotNull(values, name);
  std::vector<int64_t> out(static_cast<size_t>(env->GetArrayLength(values)));
  static_assert(sizeof(jlong) == sizeof(int64_t));
  env->GetLongArrayRegion(values, 0, static_cast<jsize>(out.size()),
                          reinterpret_cast<jlong*>(out.data()));
  checkJava(env);
  return out;
}

jlongArray toJava(JNIEnv* env, std::span<const int64_t> values) {
  jlongArray out = env->NewLongArray(static_cast<jsize>(values.size()));
  checkJava(env);
  env->SetLongArrayRegion(out, 0, static_cast<jsize>(values.size()),
                          reinterpret_cast<const jlong*>(values.data()));
  return out;
}

Shape toShape(JNIEnv* env, jlongArray dims, const char* name) {
  return Shape(toLongs(env, dims, name));
}

std::map<std::string, Shape> toShapes(JNIEnv* env, jobjectArray names, jobjectArray dims) {
  const std::vector<std::string> keys = toStrings(env, names, "name");
  std::map<std::string, Shape> out;
  for (size_t i = 0; i < keys.size(); ++i) {
    const LocalFrame frame(env, 1);
    auto shape = static_cast<jlongArray>(env->GetObjectArrayElement(dims, static_cast<jsize>(i)));
    out[keys[i]] = toShape(env, shape, "shape");
  }
  return out;
}

Device toDevice(jlong packed) {
  return {static_cast<DeviceType>(packed >> 32), static_cast<int32_t>(packed & 0x7fffffff)};
}

jlong packed(Device device) { return static_cast<jlong>(device.type) << 32 | device.id; }

jlongArray newArrays(JNIEnv* env, std::span<NDArray> arrays) {
  std::vector<Handle> handles;
  handles.reserve(arrays.size());
  try {
    for (NDArray& array : arrays) handles.push_back(newArray(std::move(array)));
    return toJava(env, handles);
  } catch (...) {
    // Java did not get them.
    closeHandles(handles);
    throw;
  }
}

std::vector<NDArray> toArrays(JNIEnv* env, jlongArray handles, const char* name, bool allow_none) {
  std::vector<NDArray> out;
  for (const Handle handle : toLongs(env, handles, name)) {
    if (handle == 0 && allow_none) {
      out.emplace_back();
    } else {
      out.push_back(Held<ArrayTable>(handle)->array());
    }
  }
  return out;
}

std::map<std::string, NDArray> toNamedArrays(JNIEnv* env, jobjectArray names, jlongArray handles,
                                             const char* what) {
  const std::vector<std::string> keys = toStrings(env, names, what);
  std::vector<NDArray> arrays = toArrays(env, handles, what);
  std::map<std::string, NDArray> out;
  for (size_t i = 0; i < keys.size() && i < arrays.size(); ++i) out[keys[i]] = std::move(arrays[i]);
  return out;
}

}  // namespace tenon::jni
