# Finds LibTorch 2.11 (the C++ part of the PyPI torch wheel, or any LibTorch of that version named by CMAKE_PREFIX_PATH or
# LATHE_TORCH_DIR). The wheel's own TorchConfig.cmake is not used: it insists on a CUDA toolkit, see ARCHITECTURE.md §8.
# Targets: LibTorch::cpu (headers, libc10, libtorch_cpu). CUDA code in LibTorch is loaded at run time where a GPU is present.
if(NOT LATHE_TORCH_DIR)
  file(GLOB lathe_torch_candidates
       "$ENV{LATHE_CACHE}/libtorch-2.11.0/lib/python3*/site-packages/torch"
       "$ENV{XDG_CACHE_HOME}/lathe/libtorch-2.11.0/lib/python3*/site-packages/torch"
       "$ENV{HOME}/.cache/lathe/libtorch-2.11.0/lib/python3*/site-packages/torch")
  foreach(prefix ${CMAKE_PREFIX_PATH})
    list(APPEND lathe_torch_candidates "${prefix}")
  endforeach()
endif()

find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
          HINTS ${LATHE_TORCH_DIR} ${lathe_torch_candidates} PATH_SUFFIXES include NO_DEFAULT_PATH)
get_filename_component(lathe_torch_root "${LibTorch_INCLUDE_DIR}" DIRECTORY)
find_library(LibTorch_CPU_LIBRARY torch_cpu HINTS "${lathe_torch_root}/lib" NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 HINTS "${lathe_torch_root}/lib" NO_DEFAULT_PATH)

set(LibTorch_VERSION "")
if(EXISTS "${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h")
  set(lathe_version_header "${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h")
elseif(EXISTS "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h")
  set(lathe_version_header "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h")
endif()
if(lathe_version_header)
  file(STRINGS "${lathe_version_header}" lathe_version_lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+).*" "\\1.\\2.\\3" LibTorch_VERSION "${lathe_version_lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "Run ./dev.sh setup, or name a LibTorch 2.11 with -DLATHE_TORCH_DIR=DIR.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  # Resolved against the real files: the wheel's libraries find their own dependencies through RPATH.
  get_filename_component(lathe_torch_lib_dir "${LibTorch_CPU_LIBRARY}" DIRECTORY)
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  # -idirafter: the wheel ships fmt 12 headers that must not win over the system's.
  target_compile_options(LibTorch::cpu INTERFACE
    "SHELL:-idirafter ${LibTorch_INCLUDE_DIR}"
    "SHELL:-idirafter ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
  target_compile_definitions(LibTorch::cpu INTERFACE _GLIBCXX_USE_CXX11_ABI=1 USE_C10D_NCCL)
  target_link_libraries(LibTorch::cpu INTERFACE "${LibTorch_CPU_LIBRARY}" "${LibTorch_C10_LIBRARY}")
  target_link_options(LibTorch::cpu INTERFACE "-Wl,-rpath,${lathe_torch_lib_dir}" "-Wl,--allow-shlib-undefined")
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY)
