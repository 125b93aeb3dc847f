# Finds Apache Arrow's libparquet and libarrow with their headers: those inside the PyPI pyarrow wheel (./dev.sh setup --parquet), or an installation named by
# LATHE_ARROW_DIR (the folder that has include/ beside the libraries or lib/).
# Target: Parquet::parquet. Programs find the libraries by an absolute RPATH.
set(Parquet_REQUIRED_VERSION 26.0.1) # installer/parquet.txt
if(NOT LATHE_ARROW_DIR)
  file(GLOB lathe_arrow_candidates
       "$ENV{LATHE_CACHE}/parquet-${Parquet_REQUIRED_VERSION}/lib/python3*/site-packages/pyarrow"
       "$ENV{XDG_CACHE_HOME}/lathe/parquet-${Parquet_REQUIRED_VERSION}/lib/python3*/site-packages/pyarrow"
       "$ENV{HOME}/.cache/lathe/parquet-${Parquet_REQUIRED_VERSION}/lib/python3*/site-packages/pyarrow")
endif()

find_path(Parquet_INCLUDE_DIR parquet/arrow/reader.h HINTS ${LATHE_ARROW_DIR} ${lathe_arrow_candidates} PATH_SUFFIXES include NO_DEFAULT_PATH)
get_filename_component(lathe_arrow_root "${Parquet_INCLUDE_DIR}" DIRECTORY)
# The wheel has no libparquet.so without a number behind it.
file(GLOB Parquet_LIBRARY "${lathe_arrow_root}/libparquet.so" "${lathe_arrow_root}/libparquet.so.*" "${lathe_arrow_root}/lib/libparquet.so")
file(GLOB Arrow_LIBRARY "${lathe_arrow_root}/libarrow.so" "${lathe_arrow_root}/libarrow.so.*" "${lathe_arrow_root}/lib/libarrow.so")
if(Parquet_LIBRARY AND Arrow_LIBRARY)
  list(GET Parquet_LIBRARY 0 Parquet_LIBRARY)
  list(GET Arrow_LIBRARY 0 Arrow_LIBRARY)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Parquet
  REQUIRED_VARS Parquet_INCLUDE_DIR Parquet_LIBRARY Arrow_LIBRARY
  REASON_FAILURE_MESSAGE "Run ./dev.sh setup --parquet to read Parquet datasets.")

if(Parquet_FOUND AND NOT TARGET Parquet::parquet)
  get_filename_component(lathe_arrow_lib_dir "${Parquet_LIBRARY}" DIRECTORY)
  add_library(Parquet::parquet INTERFACE IMPORTED)
  target_include_directories(Parquet::parquet SYSTEM INTERFACE "${Parquet_INCLUDE_DIR}")
  target_link_libraries(Parquet::parquet INTERFACE "${Parquet_LIBRARY}" "${Arrow_LIBRARY}")
  target_link_options(Parquet::parquet INTERFACE "-Wl,-rpath,${lathe_arrow_lib_dir}")
endif()
mark_as_advanced(Parquet_INCLUDE_DIR)
