# Files that become a part of the program. Both functions write a source into the build folder and add it to
# wgo_ROOM; how the files are put in: embed_files.c.

# The program that writes these sources.
function(_wgo_embed room symbol out)
  if(NOT TARGET wgo_embed_files)
    add_executable(wgo_embed_files "${PROJECT_SOURCE_DIR}/cmake/embed_files.c")
    wgo_use(wgo_embed_files base)
  endif()
  set(files "")
  foreach(file IN LISTS ARGN)
    list(APPEND files "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
  add_custom_command(OUTPUT "${out}"
    COMMAND wgo_embed_files "${out}" ${room} "${symbol}" ${files}
    DEPENDS wgo_embed_files ${files}
    COMMENT "Embedding the catalogs of ${room}" VERBATIM)
  target_sources(wgo_${room} PRIVATE "${out}")
endfunction()

# wgo_embed(ROOM FILE...): each FILE becomes `const struct wgo_embedded_file wgo_ROOM_<name with _ for .>`.
function(wgo_embed room)
  _wgo_embed(${room} "" "${CMAKE_CURRENT_BINARY_DIR}/${room}_embedded.c" ${ARGN})
endfunction()

# wgo_embed_table(ROOM SYMBOL FILE...): all of them one array `const struct wgo_embedded_file SYMBOL[]`, in the
# order given; <SYMBOL>_COUNT, in capitals, is how many there are.
function(wgo_embed_table room symbol)
  _wgo_embed(${room} ${symbol} "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c" ${ARGN})
  list(LENGTH ARGN count)
  string(TOUPPER ${symbol} upper)
  target_compile_definitions(wgo_${room} PRIVATE ${upper}_COUNT=${count})
endfunction()
