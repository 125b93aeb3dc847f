# The functions every folder uses. A folder is a target; its dependencies are the row of the layer table in
# ARCHITECTURE.md §2 (tests/layers checks the #include lines against the same table).

# lathe_library(core_text FOLDER core/text DEPENDS lathe_base … PRIVATE third-party …)
#   Static library lathe_<name> of all *.cpp directly in FOLDER. DEPENDS: what its headers may show; PRIVATE: what they may not.
#   TORCH adds LibTorch, QUICK compiles at -O1 (not with TORCH). Several files are compiled as one unit (templates and headers are paid for
#   once), so names in anonymous namespaces are unique within a folder.
function(lathe_library name)
  cmake_parse_arguments(ARG "TORCH;QUICK" "FOLDER" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${ARG_FOLDER}/*.cpp" "${PROJECT_SOURCE_DIR}/${ARG_FOLDER}/*.h")
  file(GLOB units CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${ARG_FOLDER}/*.cpp")
  if(units)
    add_library(lathe_${name} STATIC ${sources})
    target_include_directories(lathe_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
    target_link_libraries(lathe_${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
    set(batch 9)
    if(ARG_TORCH)
      set(batch 6)
      target_link_libraries(lathe_${name} PUBLIC LibTorch::cpu)
      lathe_pch(lathe_${name} torch)
    elseif(ARG_QUICK)
      lathe_pch(lathe_${name} corefast)
    else()
      lathe_pch(lathe_${name} core)
    endif()
    lathe_unity(lathe_${name} ${batch}) # torch units are dear to compile again after a change
  else()
    add_library(lathe_${name} INTERFACE)
    target_include_directories(lathe_${name} INTERFACE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(lathe_${name} INTERFACE ${ARG_DEPENDS})
    if(ARG_TORCH)
      target_link_libraries(lathe_${name} INTERFACE LibTorch::cpu)
    endif()
  endif()
endfunction()

# Compiles BATCH files of a target as one unit.
function(lathe_unity target batch)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${LATHE_UNITY} UNITY_BUILD_BATCH_SIZE ${batch})
endfunction()

# Targets whose own code never decides how long a person waits: they compile a quarter to a third faster (measured) at -O1.
function(lathe_quick target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

# Precompiled headers, one per kind of target: the standard library, fmt and JSON cost two seconds a unit, Qt Test and Qt Widgets six, torch
# twenty. Kinds: core, torch, test (Qt Test), ui (Qt Widgets; GUI tests too), torchtest, corefast. Compilers take a precompiled header only at the optimisation it
# was made with: all kinds but core and torch are -O1 (lathe_quick), their users with them.
set(lathe_pch_core <nlohmann/json.hpp> <fmt/format.h> <algorithm> <atomic> <chrono> <condition_variable> <filesystem> <functional> <map>
    <memory> <mutex> <optional> <set> <span> <stop_token> <string> <thread> <unordered_map> <vector>)
set(lathe_pch_corefast ${lathe_pch_core})
set(lathe_pch_torch ${lathe_pch_core} <ATen/ATen.h>)
set(lathe_pch_test ${lathe_pch_core} <QtTest/QtTest>)
set(lathe_pch_torchtest ${lathe_pch_torch} <QtTest/QtTest>)
set(lathe_pch_ui ${lathe_pch_core} <QtWidgets/QtWidgets>)

function(lathe_pch target kind)
  set(carrier lathe_${kind}_pch)
  if(NOT TARGET ${carrier})
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/${carrier}.cpp" CONTENT "// Carries a precompiled header.\n" @ONLY)
    add_library(${carrier} OBJECT "${CMAKE_BINARY_DIR}/${carrier}.cpp")
    target_link_libraries(${carrier} PRIVATE fmt::fmt nlohmann_json::nlohmann_json Threads::Threads)
    if(kind MATCHES "torch")
      target_link_libraries(${carrier} PRIVATE LibTorch::cpu)
    endif()
    if(kind MATCHES "test")
      target_link_libraries(${carrier} PRIVATE Qt6::Test)
    endif()
    if(kind MATCHES "ui")
      target_link_libraries(${carrier} PRIVATE Qt6::Widgets Qt6::Network Qt6::DBus Qt6::Svg Qt6::PrintSupport)
    endif()
    target_precompile_headers(${carrier} PRIVATE ${lathe_pch_${kind}})
    target_compile_options(${carrier} PRIVATE -fpch-preprocess)
    if(kind MATCHES "test|ui|fast")
      lathe_quick(${carrier})
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${carrier})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE") # compiled as -fPIE otherwise, which the -fPIC header of the carrier does not fit
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  if(kind MATCHES "test|ui|fast")
    lathe_quick(${target})
  endif()
endfunction()

# lathe_tests(text LIBS lathe_text [GUI] [TORCH] [TIMEOUT s])
#   The tests/<area>/tst_*.cpp become one program, tests_<area>, compiled several files to a unit (the headers' templates are paid for once a unit;
#   names in anonymous namespaces are unique within the area). Each file is a CTest of its own name, labelled with the area, and runs in a process
#   of its own: tests/tst_NAME is a link to the program, `--target tst_NAME` builds it (tests/support/one_program.h).
#   Other *.cpp of the folder (without tst_) are linked in. GUI tests run offscreen.
function(lathe_tests area)
  cmake_parse_arguments(ARG "GUI;TORCH" "TIMEOUT" "LIBS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(folder "${PROJECT_SOURCE_DIR}/tests/${area}")
  set(pch test)
  if(ARG_TORCH)
    set(pch torchtest)
  elseif(ARG_GUI)
    set(pch ui)
  endif()
  file(GLOB tests CONFIGURE_DEPENDS "${folder}/tst_*.cpp")
  file(GLOB shared CONFIGURE_DEPENDS "${folder}/*.cpp")
  list(FILTER shared EXCLUDE REGEX "/tst_[^/]*$")
  if(shared AND ARG_GUI) # a library, because live_window uses it too; only here a header has Q_OBJECT
    add_library(lathe_testshared_${area} STATIC ${shared})
    set_target_properties(lathe_testshared_${area} PROPERTIES AUTOMOC ON)
    target_include_directories(lathe_testshared_${area} PUBLIC "${PROJECT_SOURCE_DIR}")
    target_compile_definitions(lathe_testshared_${area} PRIVATE LATHE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    target_link_libraries(lathe_testshared_${area} PUBLIC ${ARG_LIBS} Qt6::Test)
    lathe_pch(lathe_testshared_${area} ${pch})
    lathe_unity(lathe_testshared_${area} 8)
    list(APPEND ARG_LIBS lathe_testshared_${area})
    set(shared "")
  endif()

  set(generated "${CMAKE_CURRENT_BINARY_DIR}/one_program/${area}")
  set(units "")
  set(parts ${shared} ${tests})
  set(mocs "")
  foreach(test ${tests})
    get_filename_component(name "${test}" NAME_WE)
    qt6_generate_moc("${test}" "${generated}/${name}.moc") # by hand: AUTOMOC would compile a second, empty unit
    list(APPEND mocs "${generated}/${name}.moc")
  endforeach()
  lathe_joined_units(units "${generated}" 5 ${parts})
  set_source_files_properties(${units} PROPERTIES OBJECT_DEPENDS "${mocs}")

  set(program "tests_${area}")
  if(NOT TARGET lathe_one_program)
    add_library(lathe_one_program OBJECT "${PROJECT_SOURCE_DIR}/tests/support/one_program.cpp")
    target_include_directories(lathe_one_program PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(lathe_one_program PRIVATE Qt6::Test)
    lathe_pch(lathe_one_program test)
  endif()
  add_executable(${program} ${units} $<TARGET_OBJECTS:lathe_one_program>)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_include_directories(${program} PRIVATE "${PROJECT_SOURCE_DIR}" "${generated}")
  target_compile_definitions(${program} PRIVATE
    LATHE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    LATHE_SHARED_DATA="${PROJECT_SOURCE_DIR}/../shared/data"
    LATHE_BUILD_BIN="${CMAKE_BINARY_DIR}/bin"
    LATHE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${program} PRIVATE ${ARG_LIBS} Qt6::Test)
  lathe_pch(${program} ${pch})
  target_compile_options(${program} PRIVATE -Wno-subobject-linkage) # each file is included, but once

  set(environment "LC_ALL=C.UTF-8")
  if(ARG_GUI)
    list(APPEND environment "QT_QPA_PLATFORM=offscreen")
  endif()
  foreach(test ${tests})
    get_filename_component(name "${test}" NAME_WE)
    add_custom_command(TARGET ${program} POST_BUILD COMMAND ${CMAKE_COMMAND} -E create_symlink ${program} "${CMAKE_BINARY_DIR}/tests/${name}")
    add_custom_target(${name} DEPENDS ${program})
    add_test(NAME ${name} COMMAND "${CMAKE_BINARY_DIR}/tests/${name}")
    set_tests_properties(${name} PROPERTIES LABELS "${area}" TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${environment}")
  endforeach()
endfunction()

# lathe_joined_units(OUT folder batch file…): writes sources into `folder` that include `batch` files each, after tests/support/one_program.h.
function(lathe_joined_units out folder batch)
  if(NOT LATHE_UNITY)
    set(batch 1)
  endif()
  set(units "")
  set(part 0)
  list(LENGTH ARGN left)
  while(left GREATER 0)
    list(SUBLIST ARGN 0 ${batch} files)
    list(REMOVE_ITEM ARGN ${files})
    list(LENGTH ARGN left)
    set(text "#include \"tests/support/one_program.h\"\n")
    foreach(file ${files})
      string(APPEND text "#include \"${file}\"\n")
    endforeach()
    file(CONFIGURE OUTPUT "${folder}/unit_${part}.cpp" CONTENT "${text}" @ONLY)
    list(APPEND units "${folder}/unit_${part}.cpp")
    math(EXPR part "${part} + 1")
  endwhile()
  set(${out} "${units}" PARENT_SCOPE)
endfunction()

# lathe_fuzzers(LIBS lathe_data …): every tests/fuzz/fuzz_<name>.cpp defines LLVMFuzzerTestOneInput. With clang each is a libFuzzer program; with gcc
# they are one program, joined with a small driver that replays the seed corpus in tests/data/fuzz/<name> plus mutations of it, called by
# their names through links (as the tests are).
function(lathe_fuzzers)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  file(GLOB fuzzers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.cpp")
  set(includes "")
  set(cases "")
  foreach(unit ${fuzzers})
    get_filename_component(name "${unit}" NAME_WE)
    string(REPLACE "fuzz_" "" corpus "${name}")
    string(APPEND includes "#define LLVMFuzzerTestOneInput ${name}\n#include \"${unit}\"\n#undef LLVMFuzzerTestOneInput\n")
    string(APPEND cases "  if (called == \"${name}\")\n    return ${name}(data, size);\n")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      add_executable(${name} "${unit}")
      lathe_fuzz_program(${name} ${ARG_LIBS})
      target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
      add_test(NAME ${name} COMMAND ${name} -max_total_time=60 "${PROJECT_SOURCE_DIR}/tests/data/fuzz/${corpus}")
    else()
      add_custom_target(${name} DEPENDS fuzz_replay)
      add_test(NAME ${name} COMMAND "${CMAKE_BINARY_DIR}/tests/${name}" "${PROJECT_SOURCE_DIR}/tests/data/fuzz/${corpus}")
    endif()
    set_tests_properties(${name} PROPERTIES LABELS "fuzz" TIMEOUT 180)
  endforeach()
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(generated "${CMAKE_CURRENT_BINARY_DIR}/one_program/fuzz_targets.cpp")
    file(CONFIGURE OUTPUT "${generated}" @ONLY CONTENT "#include <cerrno>
#include <string_view>
${includes}
extern \"C\" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view called = program_invocation_short_name;
${cases}  std::fprintf(stderr, \"FAILED: call this program by the name of a fuzz target\\n\");
  std::exit(2);
}
")
    add_executable(fuzz_replay "${generated}" "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_driver.cpp")
    lathe_fuzz_program(fuzz_replay ${ARG_LIBS})
    lathe_pch(fuzz_replay corefast)
    foreach(unit ${fuzzers})
      get_filename_component(name "${unit}" NAME_WE)
      add_custom_command(TARGET fuzz_replay POST_BUILD COMMAND ${CMAKE_COMMAND} -E create_symlink fuzz_replay "${CMAKE_BINARY_DIR}/tests/${name}")
    endforeach()
  endif()
endfunction()

function(lathe_fuzz_program target)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${ARGN})
endfunction()
