# Writes OUTPUT, a C file with every FILES entry as bytes. Run with cmake -P.
set(arrays "")
set(table "")
set(index 0)
separate_arguments(FILES)
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "\\.json$" "" name "${name}")
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
  "/* Made by embed.cmake from templates/. */\n#include \"k8s/template_files.h\"\n\n${arrays}\n"
  "const struct k8s_template_file k8s_template_files[] = {\n${table}};\n"
  "const size_t k8s_template_file_count =\n"
  "    sizeof(k8s_template_files) / sizeof(k8s_template_files[0]);\n")
