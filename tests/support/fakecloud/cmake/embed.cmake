# Writes OUTPUT, a C file with every FILES entry as bytes, as the table TABLE of struct STRUCT that
# HEADER declares, and TABLE's length as COUNT. Run with cmake -P.
set(arrays "")
set(table "")
set(index 0)
separate_arguments(FILES)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "\\.(json|txt)$" "" name "${name}")
  file(READ "${file}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "((0x..,){24})" "\\1\n    " bytes "${bytes}")
  string(APPEND arrays "static const unsigned char file_${index}[] = {\n    ${bytes}0};\n")
  string(APPEND table "    {\"${name}\", (const char *)file_${index}, ${size}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}"
  "/* Made by embed.cmake. */\n#include \"${HEADER}\"\n\n${arrays}\n"
  "const struct ${STRUCT} ${TABLE}[] = {\n${table}};\n"
  "const size_t ${COUNT} =\n    sizeof(${TABLE}) / sizeof(${TABLE}[0]);\n")
