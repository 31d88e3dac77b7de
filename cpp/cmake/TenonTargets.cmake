# The project's kinds of targets: a layer, the library that they make, a layer's tests.

# tenon_layer(NAME [SOURCES file...] [DEPENDS layer...] [LIBRARIES target...] [INCLUDES folder...])
#
# Declares the object library tenon_NAME (alias tenon::NAME). Its headers are included from the root of
# cpp (and of INCLUDES). DEPENDS names the layers below that it uses, LIBRARIES other targets. A layer
# that has no sources yet is an interface library, so that those above can name it.
function(tenon_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBRARIES;INCLUDES")
  set(target tenon_${name})
  list(TRANSFORM arg_DEPENDS PREPEND tenon_ OUTPUT_VARIABLE depends)

  if(arg_SOURCES)
    add_library(${target} OBJECT ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC ${depends} ${arg_LIBRARIES} PRIVATE tenon::options)
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/cpp ${arg_INCLUDES})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${depends} ${arg_LIBRARIES})
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/cpp ${arg_INCLUDES})
  endif()
  add_library(tenon::${name} ALIAS ${target})

  # The objects of a library are linked by those who name it directly: keep what that is for each layer.
  set(closure ${target})
  foreach(dependency IN LISTS depends)
    get_property(below GLOBAL PROPERTY TENON_CLOSURE_${dependency})
    list(APPEND closure ${below})
  endforeach()
  list(REMOVE_DUPLICATES closure)
  set_property(GLOBAL PROPERTY TENON_CLOSURE_${target} ${closure})
  set_property(GLOBAL APPEND PROPERTY TENON_LAYERS ${target})
endfunction()

# Links TARGET with the objects of the layers named and of all layers below them.
function(tenon_link_layers target)
  set(all)
  foreach(name IN LISTS ARGN)
    get_property(closure GLOBAL PROPERTY TENON_CLOSURE_tenon_${name})
    if(NOT closure)
      message(FATAL_ERROR "${target}: there is no layer ${name}")
    endif()
    list(APPEND all ${closure})
  endforeach()
  list(REMOVE_DUPLICATES all)
  target_link_libraries(${target} PRIVATE ${all} tenon::options)
  target_link_options(${target} PRIVATE -Wl,--gc-sections)
endfunction()

# tenon_test(LAYER [NAME name] [SOURCES file...] [LAYERS layer...] [SHARDS n])
#
# Declares tenon_LAYER_test (or tenon_NAME_test), which holds LAYER, the layers below it and those named
# in LAYERS. It is one
# test of CTest (or SHARDS of them, to use several cores) and writes its cases' results as XML into the
# folder test-results of the build folder.
function(tenon_test layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;SHARDS" "SOURCES;LAYERS")
  if(NOT arg_SOURCES)
    return()
  endif()
  if(NOT arg_NAME)
    set(arg_NAME ${layer})
  endif()
  set(target tenon_${arg_NAME}_test)
  add_executable(${target} ${arg_SOURCES})
  tenon_link_layers(${target} ${layer} ${arg_LAYERS})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/cpp)
  target_compile_definitions(${target} PRIVATE TENON_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE GTest::gtest GTest::gmock GTest::gtest_main)

  set(environment)
  if(TENON_SANITIZE MATCHES "thread")
    set(environment "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/cpp/tsan-suppressions.txt")
  endif()
  set(results ${PROJECT_BINARY_DIR}/test-results)
  if(NOT arg_SHARDS)
    set(arg_SHARDS 1)
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    if(arg_SHARDS EQUAL 1)
      set(test ${target})
    else()
      set(test ${target}_${shard})
    endif()
    add_test(NAME ${test} COMMAND ${target} --gtest_brief=1 --gtest_output=xml:${results}/${test}.xml)
    set_tests_properties(${test} PROPERTIES
      LABELS ${arg_NAME}
      TIMEOUT 900
      WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard};${environment}")
  endforeach()
endfunction()

# tenon_library()
#
# Declares libtenon.so out of all layers declared so far. It exports what libtenon.map names and carries
# its own C++ run time, so that it loads beside any other, on any system from glibc 2.36 on.
function(tenon_library)
  get_property(layers GLOBAL PROPERTY TENON_LAYERS)
  set(has_objects OFF)
  foreach(layer IN LISTS layers)
    get_target_property(type ${layer} TYPE)
    if(type STREQUAL "OBJECT_LIBRARY")
      set(has_objects ON)
    endif()
  endforeach()
  if(NOT has_objects)
    return()
  endif()

  set(map ${PROJECT_SOURCE_DIR}/cpp/cmake/libtenon.map)
  add_library(tenon SHARED)
  target_link_libraries(tenon PRIVATE ${layers} tenon::options)
  target_link_options(tenon PRIVATE
    -Wl,--version-script=${map} -Wl,--gc-sections -Wl,--as-needed)
  if(NOT TENON_SANITIZE)
    # A sanitizer's run time comes with the program, and with it names that are undefined here.
    target_link_options(tenon PRIVATE -Wl,--no-undefined -static-libstdc++ -static-libgcc
      $<$<CONFIG:Release>:-s>)
  endif()
  set_target_properties(tenon PROPERTIES
    LINKER_LANGUAGE CXX
    LINK_DEPENDS ${map}
    # What it opens lies beside it.
    BUILD_RPATH "\$ORIGIN"
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
endfunction()
