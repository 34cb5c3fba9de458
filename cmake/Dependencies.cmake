# What the project builds on: Debian's packages through find_package. With QRUN_FETCH_DEPENDENCIES=ON what is missing is
# downloaded with FetchContent instead, for systems without them.
find_package(Threads REQUIRED)
find_program(QRUN_FLATC flatc REQUIRED)
if(CMAKE_CROSSCOMPILING AND NOT QRUN_FETCH_DEPENDENCIES)
  include(HostPackages)
  return()
endif()
include(FetchContent)

# qrun_require(<package> <repository> <tag> [<option>...]): an installed package, or a fetched one.
function(qrun_require package repository tag)
  if(QRUN_FETCH_DEPENDENCIES)
    FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${tag} FIND_PACKAGE_ARGS)
    FetchContent_MakeAvailable(${package})
  else()
    find_package(${package} REQUIRED ${ARGN})
  endif()
endfunction()

# The runtime itself depends on these two, headers only.
qrun_require(FlatBuffers https://github.com/google/flatbuffers v2.0.8)
qrun_require(xsimd https://github.com/xtensor-stack/xsimd 8.1.0)

if(QRUN_BUILD_TOOLS OR QRUN_BUILD_CONVERTER OR QRUN_BUILD_BENCH)
  qrun_require(CLI11 https://github.com/CLIUtils/CLI11 v2.1.2)
  qrun_require(fmt https://github.com/fmtlib/fmt 9.1.0)
endif()
if(QRUN_BUILD_CONVERTER OR QRUN_BUILD_TOOLS OR QRUN_BUILD_TESTS)
  qrun_require(nlohmann_json https://github.com/nlohmann/json v3.11.2)
endif()
if(QRUN_BUILD_TESTS)
  qrun_require(GTest https://github.com/google/googletest release-1.12.1)
endif()
if(QRUN_BUILD_BENCH)
  qrun_require(benchmark https://github.com/google/benchmark v1.7.1)
endif()
