# Installs the library into a folder of its own, then configures, builds and runs the projects that find it there.
# Consumers are built for the CPU of TOOLCHAIN and run by EMULATOR, where these are not empty.
#   cmake -DBUILD=build/dev -DSOURCE=tests/package -DFOLDER=... -DLIBDIR=lib -DVERSION=0.1.0 -DC_COMPILER=cc
#     -DCXX_COMPILER=c++ -DTOOLCHAIN= -DEMULATOR= -P check_package.cmake
function(run)
  execute_process(COMMAND ${ARGV} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV} failed:\n${output}")
  endif()
  set(output ${output} PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/prefix --component library)
if(TOOLCHAIN)
  set(toolchain --toolchain ${TOOLCHAIN})
endif()
set(ENV{PKG_CONFIG_PATH} ${FOLDER}/prefix/${LIBDIR}/pkgconfig)
foreach(language C CXX)
  string(TOLOWER ${language} project)
  run(${CMAKE_COMMAND} -S ${SOURCE}/${project} -B ${FOLDER}/${project} -G Ninja ${toolchain}
    -DCMAKE_PREFIX_PATH=${FOLDER}/prefix -DCMAKE_${language}_COMPILER=${${language}_COMPILER})
  run(${CMAKE_COMMAND} --build ${FOLDER}/${project})
endforeach()

file(GLOB consumers ${FOLDER}/c/consumer_* ${FOLDER}/cxx/consumer_*)
foreach(consumer ${consumers})
  run(${EMULATOR} ${consumer})
  string(STRIP "${output}" output)
  if(NOT output STREQUAL VERSION)
    message(FATAL_ERROR "${consumer} printed '${output}', not '${VERSION}'")
  endif()
endforeach()
