# tenon::options: how every file of the project is compiled. Nothing is set for the tree as a whole.
find_package(Threads REQUIRED)

add_library(tenon_options INTERFACE)
add_library(tenon::options ALIAS tenon_options)

target_compile_features(tenon_options INTERFACE cxx_std_20)
target_include_directories(tenon_options INTERFACE ${PROJECT_SOURCE_DIR}/cpp)
target_link_libraries(tenon_options INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

# The compiler that the checks run with refuses warnings; a newer one may know others, which must not
# keep anyone from building.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(warnings_are_errors ON)
else()
  set(warnings_are_errors OFF)
endif()
option(TENON_WERROR "Treat warnings as errors" ${warnings_are_errors})

target_compile_options(tenon_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
  -Wextra-semi -Wimplicit-fallthrough -Wvla
  # These follow values through inlined code, and see what is not there; sanitizers see what is.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized;-Wno-array-bounds;-Wno-stringop-overflow>
  # `a & b ? c : d` selects without a branch, `GCC ivdep` is not for Clang, and its own header for f16c
  # has compound literals.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-bitwise-conditional-parentheses;-Wno-unknown-pragmas;-Wno-c99-extensions>
  $<$<BOOL:${TENON_WERROR}>:-Werror>)

target_compile_options(tenon_options INTERFACE
  -march=x86-64-v3
  -fPIC
  -fvisibility=hidden -fvisibility-inlines-hidden
  -ffunction-sections -fdata-sections
  # One expression gives one result, whether the vector body, the loop's tail or a plain loop computes
  # it: a multiply and an add are fused only where the source says std::fma.
  -ffp-contract=off
  # Nobody reads errno or floating-point traps; without these two, loops with sqrt or a selection do
  # not vectorise. They change no value.
  -fno-math-errno -fno-trapping-math)

if(TENON_SANITIZE)
  target_compile_options(tenon_options INTERFACE
    -fsanitize=${TENON_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tenon_options INTERFACE -fsanitize=${TENON_SANITIZE})
endif()
if(TENON_FUZZ)
  # Reports to the fuzzer which branches an input takes; each target brings the main function itself.
  target_compile_options(tenon_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
