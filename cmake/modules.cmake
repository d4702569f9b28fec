# devicebatch_library(name SOURCES ... PUBLIC ... PRIVATE ...)
#
# One folder of lib/ is one static library. What it may link is what it may include; tests/tidy checks
# the includes against the same table.
function(devicebatch_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(devicebatch_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(devicebatch_${name} PUBLIC devicebatch_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# devicebatch_test(name SOURCES ... LINK ... [THREADED])
#
# A Catch2 executable with the one precompiled main. THREADED marks what the tsan run repeats: the label
# chooses what runs, the target `threaded_tests` what is built for it.
add_custom_target(threaded_tests)
function(devicebatch_test name)
  cmake_parse_arguments(ARG "THREADED" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE devicebatch_test_support ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM devicebatch_test_support)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  set(labels ${ARG_LABELS})
  if(ARG_THREADED)
    list(APPEND labels threaded)
    add_dependencies(threaded_tests ${name})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${labels}")
endfunction()
