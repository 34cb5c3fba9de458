# For cross builds: the host's -dev packages, as far as they are headers or sources. Their CMake files and the host's own
# headers in /usr/include are for the host's CPU, so the targets are made here, on a folder with links to just these headers.
# Google Benchmark is a compiled library without a package of its sources: ./dev cross fetches them.
set(headers ${PROJECT_BINARY_DIR}/host-headers)
file(MAKE_DIRECTORY ${headers})
foreach(folder CLI flatbuffers fmt nlohmann stb)
  if(NOT EXISTS /usr/include/${folder})
    message(FATAL_ERROR "/usr/include/${folder} is missing: ./dev cross installs what cross builds need")
  endif()
  file(CREATE_LINK /usr/include/${folder} ${headers}/${folder} SYMBOLIC)
endforeach()
set(QRUN_FLATBUFFERS_INCLUDE ${headers} CACHE PATH "The folder of flatbuffers/flatbuffers.h" FORCE)
set(QRUN_STB_INCLUDE ${headers} CACHE PATH "The folder of stb/stb_image.h" FORCE)

foreach(target CLI11::CLI11 fmt::fmt nlohmann_json::nlohmann_json)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${headers})
endforeach()
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)

if(QRUN_BUILD_TESTS)
  set(INSTALL_GTEST OFF)
  add_subdirectory(/usr/src/googletest ${PROJECT_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
endif()

set(QRUN_BENCHMARK_SOURCES ${PROJECT_SOURCE_DIR}/build/sources/benchmark CACHE PATH "Google Benchmark's sources, for qbench")
if(QRUN_BUILD_BENCH AND NOT EXISTS ${QRUN_BENCHMARK_SOURCES}/CMakeLists.txt)
  message(STATUS "No qbench: Google Benchmark's sources are not in ${QRUN_BENCHMARK_SOURCES}")
  set(QRUN_BUILD_BENCH OFF)
elseif(QRUN_BUILD_BENCH)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  set(BENCHMARK_ENABLE_WERROR OFF)
  # Found by running programs, which a cross build does not.
  set(HAVE_STD_REGEX ON)
  set(HAVE_STEADY_CLOCK ON)
  add_subdirectory(${QRUN_BENCHMARK_SOURCES} ${PROJECT_BINARY_DIR}/benchmark EXCLUDE_FROM_ALL SYSTEM)
endif()
