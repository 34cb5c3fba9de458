# qrun_flags: what every target of the project compiles with. Interface only, never exported.
add_library(qrun_flags INTERFACE)
target_compile_features(qrun_flags INTERFACE cxx_std_20)
target_include_directories(qrun_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(qrun_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast>
  # GCC 12 warns of overlaps inside its own std::string (bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${QRUN_WERROR}>:-Werror>
  # The same arithmetic everywhere: no contraction of a * b + c where floats are used (the converter).
  -ffp-contract=off
  -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR MATCHES "^armv7")
  # At many a call GCC notes that its version 6 passed arguments otherwise.
  target_compile_options(qrun_flags INTERFACE -Wno-psabi)
endif()

# qrun_small: what the commands compile with besides. Their own code waits for files and people, and what nobody calls
# need not be in them: it halves what they take of the C++ library.
add_library(qrun_small INTERFACE)
target_compile_options(qrun_small INTERFACE $<$<CONFIG:Release>:-Os> -ffunction-sections -fdata-sections)
if(NOT APPLE)
  target_link_options(qrun_small INTERFACE -Wl,--gc-sections)
endif()

if(QRUN_SANITIZE)
  # GCC sees uninitialized reads in its own instrumentation.
  add_compile_options(-fsanitize=${QRUN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${QRUN_SANITIZE})
endif()
if(QRUN_BUILD_FUZZERS)
  # Coverage, by which libFuzzer finds its way.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
