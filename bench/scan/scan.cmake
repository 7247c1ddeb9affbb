add_executable(bench_scan ${CMAKE_CURRENT_LIST_DIR}/scan_loop.c)
target_link_libraries(bench_scan PRIVATE wgo_shared wgo_flags)
