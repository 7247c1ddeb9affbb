# Run by wgo_embed(): writes OUT from FILES.
set(text "#include \"${ROOM}/embedded.h\"\n\n")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "[^A-Za-z0-9]" "_" symbol "${name}")
  file(READ "${file}" hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR len "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n    " bytes "${bytes}")
  string(APPEND text "static const unsigned char ${symbol}[] = {\n    ${bytes}0};\n"
    "const struct wgo_embedded_file wgo_${ROOM}_${symbol} = {\n"
    "    \"${name}\", (const char *)${symbol}, ${len}};\n\n")
endforeach()
file(WRITE "${OUT}" "${text}")
