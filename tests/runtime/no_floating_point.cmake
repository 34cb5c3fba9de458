# Disassembles the library and fails on any floating-point arithmetic, comparison or conversion. Moves, shuffles and
# bitwise operations are allowed: compilers copy and clear memory with them.
#   cmake -DLIBRARY_FILE=libqrun.a -DOBJDUMP=objdump -DSANITIZE= -P no_floating_point.cmake
if(NOT OBJDUMP OR SANITIZE)
  message("SKIPPED: needs objdump and a build without sanitizers")
  return()
endif()
find_program(AWK awk)
if(NOT AWK)
  message("SKIPPED: needs awk")
  return()
endif()

# Mnemonics, x86 and ARM. x87's all begin with f, as do AArch64's except conversions from integers. 32-bit ARM's end with
# the type.
set(x86_sse "v?(add|sub|addsub|hadd|hsub|mul|div|sqrt|min|max|rcp|rsqrt|round|rndscale|dp|cmp[a-z]*)[sp][sd]")
set(x86_other "v?u?comis[sd]|v?cvt[a-z0-9]+|vfn?m(add|sub)[a-z0-9]*|v(getexp|getmant|scalef|range|reduce)[sp][sd]|f[a-z0-9]+")
set(arm "[su]cvtf|v[a-z]+([.][a-z0-9]+)*[.]f(16|32|64)([.][a-z0-9]+)*")
set(moves "fmov|vmov[.]f(32|64)")
set(program "
  /^[0-9a-f]+ <.*>:$/ { symbol = $2 }
  $1 ~ /^[0-9a-f]+:$/ && $2 ~ /^(${x86_sse}|${x86_other}|${arm})$/ && $2 !~ /^(${moves})$/ { print symbol, $0; found = 1 }
  END { exit found }")
execute_process(
  COMMAND ${OBJDUMP} -d --no-show-raw-insn ${LIBRARY_FILE}
  COMMAND ${AWK} "${program}"
  OUTPUT_VARIABLE found RESULTS_VARIABLE results)
list(GET results 0 disassembled)
list(GET results 1 found_any)
if(NOT disassembled EQUAL 0)
  message(FATAL_ERROR "cannot disassemble ${LIBRARY_FILE}")
elseif(NOT found_any EQUAL 0)
  message(FATAL_ERROR "floating-point instructions in ${LIBRARY_FILE}:\n${found}")
endif()
