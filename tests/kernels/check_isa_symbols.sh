#!/bin/sh
# usage: check_isa_symbols.sh NM OBJECT...
#
# An object compiled for a newer CPU may share nothing with the rest of the program: a weak function in it could be the
# copy that the linker keeps for every CPU, and a dynamic initializer would run on all of them. Each object defines
# constant kernels (qrun::kernels::k...) and functions in the namespace of its row (qrun::kernels::avx2::add) only, and
# needs nothing but the C library's memory functions, and on 32-bit ARM the compiler's divisions.
set -eu
nm=$1
shift
[ $# -gt 0 ] || { echo "no object files" >&2; exit 2; }

status=0
for object in "$@"; do
  symbols=$("$nm" -P "$object") || exit 2
  # Fields: name, type. Lower-case types are local, but for weak (v, w) and unique (u) ones.
  wrong=$(printf '%s\n' "$symbols" | awk '
    $1 ~ /^_GLOBAL__sub_I/                                      { print "dynamic initializer", $1; next }
    $2 ~ /^[a-z]$/ && $2 !~ /[uvw]/                             { next }
    $2 ~ /^[DR]$/ && $1 ~ /^_ZN4qrun7kernels[0-9]+k[A-Z]/       { next }
    $2 == "T" && $1 ~ /^_ZN4qrun7kernels[0-9]+[a-z0-9]+[0-9]+[a-z_]+E/                   { next }
    $2 == "U" && $1 ~ /^__aeabi_u?(l|i)div(mod)?$/                                       { next }
    $2 == "U" && $1 ~ /^(mem(cpy|move|set|cmp)|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$/ { next }
    NF                                                          { print "symbol", $1, "of type", $2 }')
  if [ -n "$wrong" ]; then
    printf '%s:\n%s\n' "$object" "$wrong" >&2
    status=1
  fi
done
exit $status
