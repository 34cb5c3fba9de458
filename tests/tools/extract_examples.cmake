# Code of a Markdown page as files that compile.

# Writes the page's ```<language> blocks as <prefix>_1.<extension>, <prefix>_2.<extension>, ... in the build folder. Blocks are
# parts of functions where the extension is inl: their #include lines stay behind.
function(qrun_extract_examples page language prefix extension)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
  file(READ ${page} rest)
  set(fence "```${language}\n")
  string(LENGTH "${fence}" fence_length)
  string(FIND "${rest}" "${fence}" begin)
  set(number 0)
  while(NOT begin EQUAL -1)
    math(EXPR number "${number} + 1")
    math(EXPR begin "${begin} + ${fence_length}")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    string(FIND "${rest}" "```" end)
    string(SUBSTRING "${rest}" 0 ${end} block)
    if(extension STREQUAL inl)
      string(REGEX REPLACE "#include [^\n]*" "" block "${block}")
    endif()
    file(CONFIGURE OUTPUT ${prefix}_${number}.${extension} CONTENT "${block}" @ONLY)
    string(FIND "${rest}" "${fence}" begin)
  endwhile()
endfunction()
