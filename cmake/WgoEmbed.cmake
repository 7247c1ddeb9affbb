# wgo_embed(ROOM FILE...): makes <room>_embedded.c in the build folder and adds it to wgo_ROOM. Each FILE
# becomes `const struct wgo_embedded_file wgo_ROOM_<name with _ for .>`; the bytes are those of the file.
function(wgo_embed room)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${room}_embedded.c")
  set(files "")
  foreach(file IN LISTS ARGN)
    list(APPEND files "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
  add_custom_command(OUTPUT "${out}"
    COMMAND ${CMAKE_COMMAND} -D ROOM=${room} -D "FILES=${files}" -D OUT=${out}
            -P "${PROJECT_SOURCE_DIR}/cmake/WgoEmbedFiles.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/WgoEmbedFiles.cmake"
    COMMENT "Embedding the catalogs of ${room}" VERBATIM)
  target_sources(wgo_${room} PRIVATE "${out}")
endfunction()

# wgo_embed_table(ROOM SYMBOL FILE...): the same as one array `const struct wgo_embedded_file SYMBOL[]`, in
# the order given; <SYMBOL>_COUNT, in capitals, is how many there are.
function(wgo_embed_table room symbol)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  set(files "")
  foreach(file IN LISTS ARGN)
    list(APPEND files "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
  add_custom_command(OUTPUT "${out}"
    COMMAND ${CMAKE_COMMAND} -D ROOM=${room} -D "FILES=${files}" -D OUT=${out} -D TABLE=${symbol}
            -P "${PROJECT_SOURCE_DIR}/cmake/WgoEmbedFiles.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/WgoEmbedFiles.cmake"
    COMMENT "Embedding ${symbol}" VERBATIM)
  list(LENGTH files count)
  string(TOUPPER ${symbol} upper)
  target_sources(wgo_${room} PRIVATE "${out}")
  target_compile_definitions(wgo_${room} PRIVATE ${upper}_COUNT=${count})
endfunction()
