# Compiler settings that hold for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

find_program(LATHE_CCACHE ccache)
if(LATHE_CCACHE)
  # A precompiled header needs these two relaxations, or ccache refuses to cache; the compiler's dependency file saves preprocessing twice.
  set(lathe_ccache_launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 ${LATHE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${lathe_ccache_launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${lathe_ccache_launcher})
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -fdiagnostics-color=auto)
# Assertions stay on: they guard what only we can break, and cost nothing measurable.
add_compile_options(-UNDEBUG)
add_compile_definitions(QT_NO_KEYWORDS)

if(LATHE_SANITIZE)
  add_compile_options(-fsanitize=${LATHE_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${LATHE_SANITIZE})
endif()

# The default linker takes a second a program, gold (part of binutils) a quarter of it.
find_program(LATHE_MOLD mold)
find_program(LATHE_GOLD ld.gold)
if(LATHE_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(LATHE_GOLD)
  add_link_options(-fuse-ld=gold)
endif()
