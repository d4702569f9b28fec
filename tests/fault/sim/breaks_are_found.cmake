# Runs the simulation with one part broken at a time: a run in which nobody notices is a failure.
foreach(break resend-under-new-id forget-unconfirmed commit-after-send no-sync)
  execute_process(COMMAND ${SIMULATE} --break ${break} --count 1000 --time 60
    OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE result)
  string(REGEX MATCH "seed [0-9]+ [^\n]*" found "${said}")
  if(NOT result EQUAL 1 OR found STREQUAL "")
    message(FATAL_ERROR "nobody noticed the break '${break}':\n${said}")
  endif()
  message(STATUS "${break}: ${found}")
endforeach()
