# The CUDA toolkit, from the system or the user's cache (.ci/cuda_toolkit.sh), as the language CUDA.
# To be included before anything is compiled with it.
execute_process(
  COMMAND ${PROJECT_SOURCE_DIR}/.ci/cuda_toolkit.sh --prefix
  OUTPUT_VARIABLE cuda_prefix OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS ${cuda_prefix}/bin/nvcc)
  message(FATAL_ERROR "the CUDA toolkit is not there yet (${cuda_prefix}): run `./tenon setup --cuda`")
endif()

set(CMAKE_CUDA_COMPILER ${cuda_prefix}/bin/nvcc)
# Machine code for Hopper; from the PTX beside it, the driver makes that of newer GPUs.
set(CMAKE_CUDA_ARCHITECTURES 90)
if(TENON_CCACHE AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${TENON_CCACHE})
endif()
enable_language(CUDA)

# tenon::cuda_runtime: headers and the static run time, which opens the driver when it is first called.
add_library(tenon_cuda_runtime INTERFACE)
add_library(tenon::cuda_runtime ALIAS tenon_cuda_runtime)
target_include_directories(tenon_cuda_runtime SYSTEM INTERFACE ${cuda_prefix}/include)
target_link_libraries(tenon_cuda_runtime INTERFACE ${cuda_prefix}/lib64/libcudart_static.a rt)

# tenon::cuda_options: how our own files are compiled. Constexpr functions of the core's headers
# (shapes, conversions, Philox) are device functions too.
option(TENON_CUDA_RESOURCES "Print the registers and memory that each kernel takes" OFF)
add_library(tenon_cuda_options INTERFACE)
add_library(tenon::cuda_options ALIAS tenon_cuda_options)
target_compile_options(tenon_cuda_options INTERFACE
  $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20;--expt-relaxed-constexpr;-Werror=all-warnings;-Xfatbin=-compress-all;-Xcompiler=-fPIC,-fvisibility=hidden,-fvisibility-inlines-hidden,-ffunction-sections,-fdata-sections,-march=x86-64-v3>
  $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${TENON_CUDA_RESOURCES}>>:-Xptxas=-v>)
