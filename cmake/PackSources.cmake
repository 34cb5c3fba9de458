# Writes OUTPUT, a header with the digest of all sources that decide how a plan packs weights. Packed weights that other
# sources made are no use, whatever version they carry: a cache of them is told apart by it.
#   cmake -DROOT=<project> -DOUTPUT=<header> "-DSOURCES=<file>;..." -P PackSources.cmake
set(digests "")
foreach(source IN LISTS SOURCES)
  file(SHA256 ${ROOT}/${source} digest)
  string(APPEND digests "${source} ${digest}\n")
endforeach()
string(SHA256 digest "${digests}")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define QRUN_PACK_SOURCES \"${digest}\"\n" @ONLY)
